"""Exporting grants: whose word stands, what comes along, and the way back in."""

import csv
import io
import json
import uuid
from dataclasses import replace
from datetime import date

import pytest

from annotation.models import Annotation, Category, Decision, Grant, Label, Outcome, QueueItem
from annotation.reports.grant_lines import fit_for_360, grant_lines, grants_found
from annotation.reports.grants import find_grants
from annotation.services.exports import ExportOrder, start_export
from annotation.services.import_grants import import_grants
from annotation.services.import_taxonomy import import_taxonomy
from annotation.services.rollups import take_out
from tests.annotation import random_site
from tests.annotation.test_export_formats import check_360
from tests.factories import (
    CategoryFactory,
    FacetFactory,
    GrantFactory,
    LabelFactory,
    ModelVersionFactory,
    SuggestionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
RAW = ExportOrder("grants", "csv", is_raw=True)


def data(order=RAW):
    return b"".join(start_export(order).pieces)


def rows(order=RAW):
    text = data(order).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def grants(order=RAW):
    return {row["reference"]: row for row in rows(order)}


@pytest.fixture
def arts():
    return CategoryFactory(code="ARTS", facet__code="subject")


@pytest.fixture
def sport(arts):
    return CategoryFactory(code="SPORT", facet=arts.facet)


@pytest.fixture
def people(arts):
    return CategoryFactory(code="PEOPLE", facet=FacetFactory(code="people"))


def answered(grant, name, outcomes, accepted=(), rejected=(), version=None):
    """An annotation as if it had been submitted: facet -> outcome, and categories."""
    facet = Category.objects.first().facet
    annotation = Annotation.objects.create(
        grant=grant,
        annotator=UserFactory(username=name),
        taxonomy_release=facet.taxonomy.release,
        model_version=version,
        idempotency_key=uuid.uuid4().hex,
        stream="random",
    )
    for of, value in outcomes.items():
        Outcome.objects.create(annotation=annotation, facet=of, value=value)
    for category in accepted:
        Decision.objects.create(annotation=annotation, category=category, verdict="added")
    for category in rejected:
        Decision.objects.create(
            annotation=annotation, category=category, verdict="rejected", score=0.4, rank=1,
            was_ticked=False,
        )  # fmt: skip
    return annotation


# Whose word stands


def test_what_a_file_brought_stands_while_nobody_has_answered(arts, sport):
    label = LabelFactory(category=arts)
    (row,) = rows()
    assert (row["categories"], row["sources"], row["annotators"]) == ("ARTS", "imported", "")
    assert row["outcome_subject"] == "labelled"
    assert row["labelled_at"][:19] == label.created_at.isoformat()[:19]


def test_annotators_stand_before_the_file_facet_by_facet(arts, sport, people):
    grant = GrantFactory()
    for category in (arts, people):
        LabelFactory(grant=grant, category=category)
    version = ModelVersionFactory()
    answered(grant, "ada", {arts.facet: "labelled"}, [sport], version=version)
    (row,) = rows()
    assert row["categories"] == "SPORT;PEOPLE"
    assert set(row["sources"].split(";")) == {"annotator", "imported"}
    assert (row["annotators"], row["model_version"]) == ("ada", f"v{version.pk}")


def test_the_adjudicated_stands_before_everybody(arts, sport):
    grant = GrantFactory()
    LabelFactory(grant=grant, category=arts)
    answered(grant, "ada", {arts.facet: "labelled"}, [arts])
    LabelFactory(grant=grant, category=sport, source="adjudicated", import_run=None)
    (row,) = rows()
    assert (row["categories"], row["sources"], row["annotators"]) == ("SPORT", "adjudicated", "")


def test_at_least_half_of_the_annotators_must_have_chosen_a_category(arts, sport):
    grant = GrantFactory()
    answered(grant, "ada", {arts.facet: "labelled"}, [arts, sport])
    answered(grant, "bob", {arts.facet: "labelled"}, [arts], [sport])
    answered(grant, "eve", {arts.facet: "labelled"}, [arts])
    (row,) = rows()
    assert (row["categories"], row["annotators"]) == ("ARTS", "ada;bob;eve")


def test_an_outcome_needs_more_than_half_or_it_is_a_disagreement(arts):
    agreed, not_agreed = GrantFactory.create_batch(2)
    answered(agreed, "ada", {arts.facet: "none_fits"})
    answered(not_agreed, "bob", {arts.facet: "none_fits"})
    answered(not_agreed, "eve", {arts.facet: "not_enough_text"})
    found = grants()
    assert found[agreed.reference]["outcome_subject"] == "none_fits"
    assert found[not_agreed.reference]["outcome_subject"] == "disagreement"
    assert found[agreed.reference]["sources"] == "annotator"


def test_none_fits_of_an_annotator_takes_the_files_label_away(arts):
    label = LabelFactory(category=arts)
    answered(label.grant, "ada", {arts.facet: "none_fits"})
    (row,) = rows()
    assert (row["categories"], row["outcome_subject"]) == ("", "none_fits")


def test_a_withdrawn_answer_does_not_stand(arts, sport):
    label = LabelFactory(category=arts)
    first = answered(label.grant, "ada", {arts.facet: "labelled"}, [sport])
    Annotation.objects.create(
        grant=label.grant, annotator=first.annotator, taxonomy_release=first.taxonomy_release,
        supersedes=first, is_withdrawal=True, idempotency_key="k", stream="random",
    )  # fmt: skip
    (row,) = rows()
    assert (row["categories"], row["sources"]) == ("ARTS", "imported")


def test_a_grant_without_a_label_has_empty_cells(arts):
    GrantFactory()
    (row,) = rows()
    assert {row[name] for name in ("categories", "sources", "labelled_at", "annotators")} == {""}


# Suggestions


def test_suggestions_come_only_when_asked_for_and_from_the_threshold_on(arts, sport):
    grant = SuggestionFactory(category=arts, score=0.5).grant
    SuggestionFactory(grant=grant, category=sport, score=0.49)
    assert "suggested" not in rows()[0]
    (row,) = rows(replace(RAW, threshold=0.5))
    assert (row["suggested"], row["categories"]) == ("ARTS:0.5000", "")
    assert row["suggested_by"] == f"v{grant.scored_by_id}"
    (row,) = rows(replace(RAW, threshold=0.0))
    assert row["suggested"] == "ARTS:0.5000;SPORT:0.4900"


def test_only_the_version_that_read_the_grant_last_suggests(arts):
    grant = SuggestionFactory(category=arts).grant
    Grant.objects.update(scored_by=None)
    (row,) = rows(replace(RAW, threshold=0.1))
    assert (row["reference"], row["suggested"], row["suggested_by"]) == (grant.reference, "", "")


def test_nothing_is_suggested_where_somebody_still_decides_blind(arts):
    grant = GrantFactory(queued=True, stream="audit")
    SuggestionFactory(grant=grant, category=arts)
    assert rows(replace(RAW, threshold=0.1))[0]["suggested"] == ""
    QueueItem.objects.update(is_open=False, n_done=1)
    assert rows(replace(RAW, threshold=0.1))[0]["suggested"] == "ARTS:0.8000"


# The filter of the list


@pytest.mark.parametrize(
    "query", [{}, {"state": "labelled"}, {"q": "choir"}, {"year": "2023"}, {"state": "audit"}]
)
def test_the_lists_filter_decides_which_grants_come(query):
    random_site.build(3)
    assert len(rows(replace(RAW, query=query))) == find_grants(query).n_total


def test_batches_neither_lose_nor_double_a_grant(monkeypatch):
    monkeypatch.setattr("annotation.reports.grant_lines.BATCH", 4)
    random_site.build(2, 18)
    references = [line.reference for line in grant_lines(Grant.objects.all(), 0.2)]
    assert references == list(Grant.objects.order_by("pk").values_list("reference", flat=True))


# 360Giving

WHOLE = {
    "amount_awarded": 5, "currency": "AUD", "award_date": date(2024, 1, 2),
    "recipient_identifier": "AU-ABN-1", "funder_name": "Fund", "funder_identifier": "AU-ABN-2",
}  # fmt: skip
LACKS = {
    "title": "", "description": "", "currency": "XXZ", "award_date": None, "funder_name": "",
    "funder_identifier": "", "recipient_identifier": "", "recipient_name": "",
}  # fmt: skip


def test_grants_that_lack_a_required_field_are_left_out_and_listed(arts):
    whole = GrantFactory(**WHOLE)
    LabelFactory(grant=whole, category=arts)
    lacking = {c: GrantFactory(**WHOLE | {c: value}) for c, value in LACKS.items()}
    GrantFactory(**WHOLE | {"amount_awarded": None})
    package = json.loads(data(ExportOrder("grants", "360-json")))
    assert [grant["id"] for grant in package["grants"]] == [whole.reference]
    check_360(package["grants"][0])
    assert [row["Identifier"] for row in rows(ExportOrder("grants", "360-csv"))] == [
        whole.reference
    ]
    left_out = {(r["reference"], r["our_column"]) for r in rows(ExportOrder("left-out", "csv"))}
    assert left_out >= {(grant.reference, column) for column, grant in lacking.items()}
    assert len(left_out) == len(LACKS) + 1


def test_every_grant_is_either_fit_or_left_out(arts):
    GrantFactory(**WHOLE)
    GrantFactory()
    fit, left = (set(grants_found({}, for_360=is_fit)) for is_fit in (True, False))
    assert fit | left == set(Grant.objects.all())
    assert not fit & left
    assert fit == set(Grant.objects.filter(fit_for_360()))


def test_the_sheet_has_as_many_columns_as_its_widest_grant_needs(arts, sport):
    first, second = GrantFactory.create_batch(2, **WHOLE)
    for grant, category in [(first, arts), (second, arts), (second, sport)]:
        LabelFactory(grant=grant, category=category)
    one, two = rows(ExportOrder("grants", "360-csv", is_raw=True))
    assert (one["Classifications:0:Code"], one["Classifications:1:Code"]) == ("ARTS", "")
    assert two["Classifications:1:Code"] == "SPORT"
    assert two["Classifications:1:Vocabulary"] == "Test taxonomy Subject"
    assert "Classifications:2:Code" not in two


# There and back again

TAXONOMY = """facet,code,label,broader,definition,alt_labels,include_pattern
Subject,ARTS,"Arts, ""all"" of them",,Things; made,"one;two",\\bart\\b
Subject,CHOIR,=Choirs,ARTS,"Two
lines",,
Population,KIDS,Children,,,,
"""
GRANTS = """\
reference,title,description,amount_awarded,currency,award_date,recipient_name,recipient_identifier,\
funder_name,programme,recipient_place,beneficiary_place,categories,funder_identifier,\
applicant_categories
G-1,"Rings, ""big"" ones","Two rings
for the juniors",1875.50,AUD,2022-04-02,Windrow Club,ABN 1,Fund,Active,Horsham,Wimmera,\
ARTS;KIDS,F-1,CHOIR;ARTS
-2,=cmd|'/c calc'!A1,@SUM(1) + ünïcode 🎭 ‮txet,,,,'quoted,+61 3,,,＝x,,CHOIR,,
0042,"  leading and trailing  ","a\ttab, a\rreturn, a\xa0space",0.00,GBP,0999-01-01,,,,,,,,,KIDS
"x;y",,,,,,,,,,,,KIDS;ARTS,,
"""


@pytest.fixture
def put(tmp_path):
    """Writes bytes to a file and imports it."""

    def put(content, import_it):
        path = tmp_path / "file.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        result = import_it(path)
        assert result.faults == []
        return result

    return put


def facts():
    left = {"id", "import_run_id", "created_at"}
    return {
        row["reference"]: {name: value for name, value in row.items() if name not in left}
        for row in Grant.objects.values()
    }, set(Label.objects.values_list("grant__reference", "category__code", "source"))


def wipe():
    Label.objects.all().delete()
    QueueItem.objects.all().delete()
    take_out(Grant.objects.values_list("pk", flat=True))
    Grant.objects.all().delete()


@pytest.mark.parametrize("threshold", [None, 0.0])
def test_import_export_import_is_exact_in_raw(put, threshold):
    put(TAXONOMY, import_taxonomy)
    put(GRANTS, import_grants)
    before, file = facts(), data(replace(RAW, threshold=threshold))
    assert len(before[0]) == 4 and len(before[1]) == 8
    wipe()
    assert put(file, import_grants).n_created == 4
    assert facts() == before
    assert put(file, import_grants).n_unchanged == 4
    again = data(replace(RAW, threshold=threshold)).decode()
    assert _without_times(again) == _without_times(file.decode())


def _without_times(text):
    found = list(csv.DictReader(io.StringIO(text, newline="")))
    return [row | {"labelled_at": ""} for row in found]


def test_a_360giving_sheet_comes_back_with_its_required_fields(put, arts):
    grant = GrantFactory(**WHOLE, title="Title")
    file = data(ExportOrder("grants", "360-csv", is_raw=True))
    before = facts()[0][grant.reference]
    Grant.objects.all().delete()
    put(file, import_grants)
    after = facts()[0][grant.reference]
    same = ("title", "description", "funder_identifier", *WHOLE)
    assert {name: after[name] for name in same} == {name: before[name] for name in same}


def test_a_grant_without_a_funders_identifier_keeps_its_hash(put):
    """Files from before there was the column must change nothing when they come again."""
    put("reference,title,description\nG-1,Title,Text\n", import_grants)
    put("reference,title,description,funder_identifier\nG-2,Title,Text,\n", import_grants)
    one, two = Grant.objects.order_by("reference")
    assert one.content_sha256 == two.content_sha256
    assert one.content_sha256.startswith("9cd21ca651df")
    put("reference,title,description,funder_identifier\nG-2,Title,Text,F\n", import_grants)
    two.refresh_from_db()
    assert (two.funder_identifier, two.content_sha256 == one.content_sha256) == ("F", False)
