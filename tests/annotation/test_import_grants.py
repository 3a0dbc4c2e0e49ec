"""Importing grants: what becomes of the rows of a good file."""

import gzip
from datetime import date
from decimal import Decimal

import pytest

from annotation.models import AuditEvent, Grant, ImportRun, Label, QueueItem
from annotation.services.grant_facts import FACTS
from annotation.services.import_grants import import_grants
from tests.factories import CategoryFactory, ModelVersionFactory, decide

pytestmark = pytest.mark.django_db
HEADER = "reference,title,description,amount_awarded,currency,award_date,categories\n"
OURS = """\
reference,title,description,amount_awarded,currency,award_date,recipient_name,recipient_identifier,\
funder_name,programme,recipient_place,beneficiary_place,categories
G-1,Netball rings,"Two rings
for the juniors",1875.50,AUD,2022-04-02,Windrow Club,ABN 1,Mutual Fund,Active,Horsham,Wimmera,\
ARTS;SPORT
"""
GIVING = """\
Identifier,Title,Description,Currency,Amount Awarded,Award Date,Recipient Org:Name,\
Recipient Org:Identifier,Funding Org:Name,Grant Programme:Title,Recipient Org:City,\
Beneficiary Location:Name,Planned Dates:Duration (months)
360G-1,Netball rings,Two rings,GBP,1875.5,2022-04-02T00:00:00+00:00,Windrow Club,GB-COH-1,Fund,\
Active,Leeds,Yorkshire,12
"""


@pytest.fixture(autouse=True)
def categories():
    return {code: CategoryFactory(code=code) for code in ("ARTS", "SPORT")}


@pytest.fixture
def run(tmp_path):
    """Writes a file and imports it."""

    def run(content, **more):
        path = tmp_path / "grants.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return import_grants(path, **more)

    return run


def rows(n, categories=""):
    lines = (f"G-{k},Title {k},Some text of a grant,,,,{categories}" for k in range(n))
    return HEADER + "\n".join(lines)


def counts(result):
    return result.n_created, result.n_updated, result.n_unchanged, result.n_labels


def labels():
    return set(Label.objects.values_list("grant__reference", "category__code", "source"))


def test_our_own_columns_are_kept(run):
    assert counts(run(OURS)) == (1, 0, 0, 2)
    grant = Grant.objects.get()
    assert (grant.reference, grant.title) == ("G-1", "Netball rings")
    assert grant.description == "Two rings\nfor the juniors"
    assert (grant.amount_awarded, grant.currency) == (Decimal("1875.50"), "AUD")
    assert grant.award_date == date(2022, 4, 2)
    assert (grant.recipient_name, grant.recipient_identifier) == ("Windrow Club", "ABN 1")
    assert (grant.funder_name, grant.programme) == ("Mutual Fund", "Active")
    assert (grant.recipient_place, grant.beneficiary_place) == ("Horsham", "Wimmera")
    assert labels() == {("G-1", "ARTS", "imported"), ("G-1", "SPORT", "imported")}


def test_the_columns_of_360giving_are_kept_and_its_others_are_allowed(run):
    assert counts(run(GIVING)) == (1, 0, 0, 0)
    grant = Grant.objects.get()
    assert (grant.reference, grant.programme) == ("360G-1", "Active")
    assert (grant.amount_awarded, grant.currency) == (Decimal("1875.50"), "GBP")
    assert grant.award_date == date(2022, 4, 2)
    assert (grant.recipient_place, grant.beneficiary_place) == ("Leeds", "Yorkshire")


def test_three_columns_are_enough(run):
    run("reference,title,description\nG-1,Title,\n")
    grant = Grant.objects.get()
    assert (grant.amount_awarded, grant.currency, grant.award_date) == (None, "", None)


def test_gzip_bom_and_line_ends_make_no_difference(run):
    assert run(OURS).n_created == 1
    for content in (
        gzip.compress(OURS.encode()),
        b"\xef\xbb\xbf" + OURS.encode(),
        OURS.replace("\n", "\r\n").replace("rings\r\n", "rings\n"),
        OURS.replace("\n", "\r").replace("rings\r", "rings\n"),
    ):
        assert counts(run(content)) == (0, 0, 1, 0)


@pytest.mark.parametrize("text", ["0042", "../../etc", "-1", "1e309", "9223372036854775808", "é"])
def test_a_reference_is_a_text_whatever_it_looks_like(run, text):
    run(f"{HEADER}{text},Title,,,,,\n")
    assert Grant.objects.get().reference == text


@pytest.mark.parametrize(
    "again", ["Caf\u00e9", "Cafe\u0301", " Cafe\u0301 "], ids=["NFC", "NFD", "NFD in blanks"]
)
def test_a_reference_is_the_same_however_its_letters_are_stored(run, again):
    assert counts(run(f"{HEADER}Caf\u00e9,Title,,,,,\n")) == (1, 0, 0, 0)
    assert counts(run(f"{HEADER}{again},Title,,,,,\n")) == (0, 0, 1, 0)
    both = run(f"{HEADER}Cafe\u0301,Title,,,,,\n{again},Title,,,,,\n")
    assert [fault.problem for fault in both.faults] == ["stands in row 2 already"]
    assert Grant.objects.get().reference == "Caf\u00e9"


@pytest.mark.parametrize("title", ["Caf\u00e9", "Cafe\u0301"])
def test_texts_that_differ_in_their_storing_only_are_doubles_and_kept_as_they_are(run, title):
    run(f"{HEADER}G-1,Caf\u00e9 music,,,,,\nG-2,{title} music,,,,,\n")
    first, second = Grant.objects.order_by("reference")
    assert "duplicate" in first.quality_flags and "duplicate" in second.quality_flags
    assert second.title == f"{title} music"


@pytest.mark.parametrize(
    "text",
    [
        "=cmd|'/c calc'!A1",
        "@SUM(1)",
        "<script>alert(1)</script>",
        "{{ 7*7 }} {% load x %}",
        "Cafe\u0301 and Café",
        "‮txet",
        "🎭 " * 50,
        "a" + "\u0301" * 10_000,
        "x" * 250_000,
    ],
)
def test_odd_texts_are_kept_as_they_are(run, text):
    assert counts(run(f'{HEADER}G-1,"{text}",,,,,\n')) == (1, 0, 0, 0)
    assert Grant.objects.get().title == text.strip()


def test_the_same_file_again_changes_nothing(run):
    run(OURS)
    before = list(Grant.objects.values()), list(Label.objects.values())
    assert counts(run(OURS)) == (0, 0, 1, 0)
    assert (list(Grant.objects.values()), list(Label.objects.values())) == before
    assert ImportRun.objects.order_by("pk").last().rows_unchanged == 1


def test_a_changed_fact_updates_the_grant_and_has_it_read_again(run):
    run(OURS)
    before = Grant.objects.get()
    Grant.objects.update(scored_by=ModelVersionFactory())
    assert counts(run(OURS.replace("1875.50", "99"))) == (0, 1, 0, 0)
    after = Grant.objects.get()
    assert (after.pk, after.amount_awarded, after.scored_by) == (before.pk, Decimal(99), None)
    assert after.content_sha256 != before.content_sha256
    assert (after.stream, after.import_run_id) == (before.stream, before.import_run_id)


def test_the_same_amount_written_otherwise_is_no_change(run):
    run(OURS)
    assert run(OURS.replace("1875.50", "1875.5")).n_unchanged == 1


def test_an_unchanged_grant_stays_read(run):
    run(OURS)
    version = ModelVersionFactory()
    Grant.objects.update(scored_by=version)
    run(OURS)
    assert Grant.objects.get().scored_by == version


def test_the_file_s_categories_replace_what_was_imported_and_nothing_else(run, categories):
    run(OURS)
    grant = Grant.objects.get()
    Label.objects.create(grant=grant, category=categories["ARTS"], source="applicant")
    assert counts(run(OURS.replace("ARTS;SPORT", "SPORT"))) == (0, 0, 1, 0)
    assert labels() == {("G-1", "SPORT", "imported"), ("G-1", "ARTS", "applicant")}
    assert counts(run(OURS)) == (0, 0, 1, 1)


def test_an_empty_cell_says_nothing_of_the_categories(run):
    run(OURS)
    run(OURS.replace("ARTS;SPORT", ""))
    assert len(labels()) == 2


FEWER = "reference,title,description\nG-1,Netball rings,New words\n"


def facts():
    return Grant.objects.values(*FACTS).get()


def test_a_column_that_the_file_lacks_says_nothing(run):
    run(OURS)
    before = facts()
    assert counts(run(FEWER)) == (0, 1, 0, 0)
    assert facts() == before | {"description": "New words"}
    assert counts(run(FEWER)) == (0, 0, 1, 0)
    assert counts(run(OURS)) == (0, 1, 0, 0)
    assert facts() == before


def test_an_empty_cell_takes_the_fact_away_and_is_counted(run):
    run(OURS)
    result = run(OURS.replace("1875.50,AUD", ",").replace("Mutual Fund", ""))
    assert facts() | {"amount_awarded": None, "currency": "", "funder_name": ""} == facts()
    assert result.emptied == {"amount_awarded": 1, "currency": 1, "funder_name": 1}


@pytest.mark.parametrize("column", ["currency", "amount_awarded"])
def test_half_an_amount_does_not_take_the_other_half(run, column):
    run(OURS)
    run(f"reference,title,description,{column}\nG-1,Netball rings,Text,\n")
    amount = facts()["amount_awarded"]
    assert amount == (Decimal("1875.50") if column == "currency" else None)
    assert facts()["currency"] == ("AUD" if amount else "")


def test_a_package_says_nothing_of_what_none_of_its_grants_has(run):
    run(OURS)
    before = facts()
    run('{"grants": [{"id": "G-1", "title": "Netball rings", "description": "New words"}]}')
    assert facts() == before | {"description": "New words"}
    dated = '{"id": "G-2", "title": "Bus hire", "awardDate": "2020-01-01"}'
    result = run('{"grants": [{"id": "G-1", "title": "Netball rings"}, ' + dated + "]}")
    assert (result.n_created, result.emptied) == (1, {"award_date": 1})


def test_a_category_named_twice_is_one_label(run):
    run(rows(1, "ARTS; ARTS ;;"))
    assert labels() == {("G-0", "ARTS", "imported")}


def test_without_categories_the_column_is_not_read_and_the_grant_waits(run):
    result = run(OURS.replace("SPORT", "NOPE"), with_categories=False)
    assert counts(result) == (1, 0, 0, 0)
    assert not result.faults
    assert QueueItem.objects.get().is_open


def test_only_grants_without_categories_wait_for_annotation(run):
    run(OURS + "G-2,Unlabelled,,,,,,,,,,,\n")
    assert QueueItem.objects.get().grant.reference == "G-2"
    run(OURS + "G-2,Unlabelled,,,,,,,,,,,\n")
    assert QueueItem.objects.count() == 1


def test_a_reference_decides_for_ever_whether_a_grant_is_in_the_audit_stream(run):
    decide(audit_share=0.1)
    run(rows(1000))
    first = dict(Grant.objects.values_list("reference", "stream"))
    assert 60 < list(first.values()).count("audit") < 140
    assert set(Grant.objects.values_list("inclusion_probability", flat=True)) == {0.1}
    decide(audit_share=0.5)
    run(rows(100).replace("Title", "Heading"))
    assert dict(Grant.objects.values_list("reference", "stream")) == first


def test_grants_of_the_audit_stream_are_read_blind(run):
    decide(audit_share=0.5, blind_share=0.0)
    run(rows(40))
    streams = set(QueueItem.objects.values_list("grant__stream", "stream", "is_blind"))
    assert streams == {("audit", "audit", True), ("pool", "new", False)}


def test_the_queue_is_in_no_order_of_the_file(run):
    run(rows(50))
    waiting = list(QueueItem.objects.soonest_first().values_list("grant__reference", flat=True))
    assert waiting != sorted(waiting)
    assert len(set(QueueItem.objects.values_list("priority", flat=True))) == 50


@pytest.mark.parametrize(
    ("title", "description", "flags"),
    [
        ("", "", ["empty"]),
        ("Bus hire", "", ["short"]),
        ("NEW DRESSES FOR THE UNDER 9S", "", ["capitals"]),
        ("Bus hire for the juniors", "One trip", []),
    ],
)
def test_what_a_reader_would_notice_at_once_is_flagged(run, title, description, flags):
    run(f"{HEADER}G-1,{title},{description},,,,\n")
    assert Grant.objects.get().quality_flags == flags


def test_the_import_is_noted_with_counts_and_without_texts(run):
    run(OURS + "G-2,Secret words,,x,,,,,,,,,\n")
    stored = ImportRun.objects.get()
    assert (stored.rows_created, stored.rows_faulty, stored.kind) == (1, 1, "grants")
    assert stored.finished_at
    event = AuditEvent.objects.get()
    assert (event.action, event.details) == ("grants imported", {"created": 1, "updated": 0})
    assert "Netball" not in event.subject
