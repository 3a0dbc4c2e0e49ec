"""The audit log: found by person, deed, day and words, page by page, and taken out as a file."""

import ast
import csv
import io
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock
from urllib.parse import parse_qs

import pytest
from django.db import connection

from annotation.errors import NotAllowed
from annotation.forms.audit_log import AuditLogForm
from annotation.models import AuditEvent
from annotation.reports import audit_log
from annotation.reports.audit_log import all_lines, log_page
from annotation.reports.deeds import DEEDS, deed_name, deed_words
from annotation.services.audit import record
from annotation.services.audit_export import start_audit_export
from tests.factories import AdministratorFactory, UserFactory

pytestmark = pytest.mark.django_db
SERVICES = Path(__file__).parents[2] / "annotation" / "services"
NOON = datetime(2026, 3, 14, 1, tzinfo=UTC)  # 14 March, noon in Melbourne


@pytest.fixture
def boss(client):
    boss = AdministratorFactory(username="boss")
    client.force_login(boss)
    return boss


def happened(actor, action, subject="", at=NOON, **details):
    with mock.patch("django.utils.timezone.now", return_value=at):
        record(actor, action, subject, **details)
    return AuditEvent.objects.latest("pk")


def asked(**query):
    form = AuditLogForm(query)
    assert form.is_valid(), form.errors
    return form.query()


def pages(query):
    """All pages, as the links between them lead."""
    found = [log_page(query)]
    while found[-1].older:
        link = {name: values[0] for name, values in parse_qs(found[-1].older[1:]).items()}
        found.append(log_page(link))
    return found


def keys(query):
    return [line.pk for page in pages(query) for line in page.lines]


def actions_in_the_source():
    """Every action that a service records, where it is written out."""
    found = set()
    for file in SERVICES.glob("*.py"):
        for call in ast.walk(ast.parse(file.read_text())):
            place = {"record": 1, "store_new_user": 2}.get(getattr(_called(call), "id", ""))
            if place is not None and len(call.args) > place:
                said = ast.walk(call.args[place])
                found |= {c.value for c in said if isinstance(c, ast.Constant)}
    return found


def _called(node):
    return node.func if isinstance(node, ast.Call) else None


def test_every_deed_that_is_recorded_has_its_words():
    said = actions_in_the_source()
    assert {"model version promoted", "exported", "grants imported", "person invited"} <= said
    assert said - set(DEEDS) == set()


def test_the_log_finds_what_a_person_would_find_by_reading_it(monkeypatch):
    monkeypatch.setattr(audit_log, "PAGE", 7)
    monkeypatch.setattr(audit_log, "LOOKED_AT", 10)
    drawn = random.Random(5)
    people = [None, *(UserFactory(username=name) for name in ("ada", "mei"))]
    events = [
        happened(
            drawn.choice(people),
            drawn.choice(["exported", "role changed", "examples wanted"]),
            drawn.choice(["Swim lessons", "v12", "swimming", "Ödland", ""]),
            # Many in one moment: the key settles their order.
            NOON + timedelta(hours=6 * drawn.randrange(20)),
        )
        for _ in range(90)
    ]
    newest_first = sorted(events, key=lambda e: (e.happened_at, e.pk), reverse=True)

    def read(keep):
        return [event.pk for event in newest_first if keep(event)]

    def day(event):
        return (event.happened_at + timedelta(hours=11)).date().isoformat()

    assert keys({}) == read(lambda e: True)
    assert keys(asked(person="ada")) == read(lambda e: e.actor == people[1])
    assert keys(asked(person="-")) == read(lambda e: e.actor is None)
    assert keys(asked(deed="exported")) == read(lambda e: e.action == "exported")
    assert keys(asked(words="SWIM")) == read(lambda e: "swim" in e.subject.lower())
    assert keys(asked(words="less swim")) == read(lambda e: e.subject == "Swim lessons")
    assert keys(asked(since="2026-03-16", until="2026-03-17")) == read(
        lambda e: "2026-03-16" <= day(e) <= "2026-03-17"
    )
    query = asked(words="v1", person="mei", deed="role changed", since="2026-03-15")
    assert keys(query) == read(
        lambda e: e.subject == "v12" and e.actor == people[2]
        and e.action == "role changed" and day(e) >= "2026-03-15"
    )  # fmt: skip
    assert [line.pk for line in all_lines(query)] == keys(query)


def test_words_are_looked_for_part_by_part(monkeypatch):
    monkeypatch.setattr(audit_log, "LOOKED_AT", 3)
    for n in range(7):
        happened(None, "exported", "needle" if n == 0 else "hay", NOON + timedelta(hours=n))
    found = pages({"words": "needle"})
    assert [(len(page.lines), page.is_cut) for page in found] == [(0, True), (0, True), (1, False)]


def test_all_of_the_log_is_read_in_short_queries(monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(audit_log, "AT_ONCE", 2)
    events = [happened(None, "exported", str(n)) for n in range(5)]
    with django_assert_num_queries(3):
        found = [line.pk for line in all_lines({})]
    assert found == [event.pk for event in reversed(events)]


@pytest.mark.parametrize(
    "after",
    [
        "",
        "x",
        "~1",
        "2026-03-14~5",
        "0001-01-01T00:00:00+14:00~5",
        f"2026-03-14T01:00:00+00:00~{9**30}",
        "2026-03-14T01:00+00:00~",
    ],
)
def test_a_link_that_makes_no_sense_leads_to_the_newest(after):
    happened(None, "exported", "one")
    assert log_page({"after": after}).is_first


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"person": "nobody"}, "Nobody here is called “nobody”"),
        ({"deed": "danced"}, "“danced” is no deed"),
        ({"since": "14.3.2026"}, "“14.3.2026” is no day such as"),
        ({"until": "0001-01-01"}, "is no day"),
        ({"since": "2026-03-15", "until": "2026-03-14"}, "2026-03-14 is before 2026-03-15"),
        ({"words": "a b c d e f g h i j k"}, "more than 10 words"),
        ({"words": "a\0b"}, "Null characters"),
    ],
)
def test_what_is_wrong_is_said_with_the_value(client, boss, query, words):
    page = client.get("/audit-log/", query)
    assert page.status_code == 200
    assert words in page.content.decode()


def test_a_page_says_who_did_what_in_words(client, boss, django_assert_max_num_queries):
    happened(boss, "role changed", "ada", before="annotator", after="administrator")
    happened(None, "grants imported", "grants import 3 of a.csv", created=1634, updated=0)
    happened(boss, "keyword rule changed", "Arts", old={"include": ""}, new={"include": "<b>"})
    client.get("/audit-log/")  # the visit itself is noted
    with django_assert_max_num_queries(12):
        page = client.get("/audit-log/").content.decode()
    assert "Changed a role" in page and "from annotator to administrator" in page
    assert "1,634 new, 0 changed" in page and "a command or the site itself" in page
    assert "from include nothing to include &lt;b&gt;" in page


def test_a_setting_is_told_in_the_words_of_its_page(client, boss):
    happened(boss, "setting changed", "audit_share", before=0.1, after=0.25)
    happened(boss, "setting changed", "a setting of another release", before=1, after=[2])
    page = client.get("/audit-log/").content.decode().replace("\N{NO-BREAK SPACE}", " ")
    assert "Audit stream" in page and "from 10 % to 25 %" in page
    assert "a setting of another release" in page and "from 1 to 2" in page


def test_an_account_and_kinds_of_model_are_told_in_words(client, boss):
    happened(boss, "SageMaker account changed", "price_an_hour", before=None, after="0.9")
    happened(boss, "training requested", "v7", backend="linear_svm")
    happened(
        boss, "backend comparison requested", "comparison of backends 3", backends="production, sgd"
    )
    page = client.get("/audit-log/").content.decode()
    assert "Price of an hour" in page and "price_an_hour" not in page
    assert "with: Linear support vector machine" in page and "linear_svm" not in page
    assert "comparison of kinds of model 3" in page
    assert "of: The site’s own recipe; Logistic regression by stochastic" in page


def test_words_of_values_that_somebody_typed_are_cut():
    said = deed_words("model version promoted", {"reason": "x" * 500})
    assert said == f"because: {'x' * 120}…"


def test_a_target_and_a_wish_are_told_apart():
    none, some = {"target": None, "asked_for_by": None}, {"target": 30, "asked_for_by": None}
    asked = {"target": 30, "asked_for_by": "grace"}
    told = [(none, some), (some, asked), (asked, none)]
    assert [deed_words("examples wanted", {"before": a, "after": b}) for a, b in told] == [
        "target from none to 30",
        "asked for by grace",
        "target from 30 to none, grace asks no longer",
    ]


def test_a_deed_of_another_release_is_shown_as_it_stands():
    assert deed_name("moon reached") == "Moon reached"
    assert deed_words("moon reached", {"days": 3, "by": ["a", "b"]}) == "days 3, by a, b"


def test_an_empty_log_says_what_will_stand_there(client, boss):
    assert "Nothing has happened yet" in client.get("/audit-log/").content.decode()
    assert "No deed matches" in client.get("/audit-log/?words=x").content.decode()


def test_the_file_holds_what_was_found_and_no_formula(client, boss):
    happened(boss, "role changed", "=cmd()", before="annotator", after="administrator")
    happened(boss, "exported", "grants as csv", count=3)
    response = client.post("/audit-log/csv/", {"deed": "role changed"})
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert (row["at"], row["person"]) == ("2026-03-14T01:00:00+00:00", "boss")
    assert (row["deed"], row["object"]) == ("Changed a role", "'=cmd()")
    assert row["details"] == "from annotator to administrator"
    noted = AuditEvent.objects.order_by("-pk").values_list("action", "subject", "details")[:2]
    assert [*noted] == [
        ("exported", "audit-log as csv", {"count": 1}),
        ("export started", "audit-log as csv", {"deed": "role changed"}),
    ]


def test_a_reader_who_goes_away_is_noted(boss):
    for n in range(3):
        happened(boss, "exported", str(n))
    export = start_audit_export(boss, {})
    export.pieces.close()  # never begun: nothing was given out, and nothing is claimed
    assert AuditEvent.objects.latest("pk").action == "export started"


def test_nobody_else_takes_the_log():
    with pytest.raises(NotAllowed, match="Only administrators"):
        start_audit_export(UserFactory(), {})
    assert not AuditEvent.objects.exists()


def test_a_wrong_order_of_a_file_shows_the_page_again(client, boss):
    page = client.post("/audit-log/csv/", {"deed": "danced"})
    assert page.status_code == 422 and "no deed of the log" in page.content.decode()
    assert not AuditEvent.objects.exists()


def test_the_newest_are_found_by_an_index_whatever_is_asked(boss):
    """Read from the plan: a sort would read all there is before it shows the first."""
    after = {"after": f"{NOON.isoformat()}~5"}
    for query in ({}, asked(person="boss"), asked(deed="exported"), asked(since="2026-03-01")):
        for place in ({}, after):
            found = audit_log._events(query)
            if place:
                found = audit_log._older_than(found, audit_log.place_in(place["after"]))
            with connection.cursor() as cursor:
                if connection.vendor == "postgresql":  # so small a table is read whole else
                    cursor.execute("SET LOCAL enable_seqscan = off")
                    cursor.execute("SET LOCAL enable_bitmapscan = off")
                    cursor.execute("SET LOCAL enable_sort = off")
            plan = found[:51].explain()
            assert "audit_by_" in plan, plan
            assert "Sort" not in plan and "TEMP B-TREE" not in plan, plan
