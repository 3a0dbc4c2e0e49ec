"""Exporting decisions and the taxonomy: everything that was shown, and the way back in."""

import csv
import io
import json

import pytest
import rdflib
from django.utils import timezone
from rdflib.namespace import OWL, RDF, SKOS

from annotation.models import Annotation, Category, Decision, Facet, Taxonomy, TaxonomyRelease
from annotation.services.exports import ExportOrder, start_export
from annotation.services.import_taxonomy import import_taxonomy
from tests.annotation import random_site
from tests.annotation.test_coverage_report import stands
from tests.annotation.test_export_grants import TAXONOMY
from tests.factories import CategoryFactory

pytestmark = pytest.mark.django_db


def text(*order, **more):
    return b"".join(start_export(ExportOrder(*order, **more)).pieces).decode("utf-8-sig")


def table(*order, **more):
    return list(csv.DictReader(io.StringIO(text(*order, **more), newline=""), strict=True))


@pytest.mark.parametrize("seed", range(2))
def test_every_annotation_and_every_decision_comes_out(seed, monkeypatch):
    monkeypatch.setattr("annotation.reports.annotation_lines.BATCH", 5)
    random_site.build(seed)
    lines = [json.loads(line) for line in text("decisions", "jsonl").splitlines()]
    assert [line["annotation"] for line in lines] == sorted(
        Annotation.objects.values_list("pk", flat=True)
    )
    for line in lines:
        annotation = Annotation.objects.get(pk=line["annotation"])
        assert line["reference"] == annotation.grant.reference
        assert line["stands"] == bool(stands(annotation))
        assert line["annotator"] == annotation.annotator.username
        assert line["outcomes"] == {o.facet.code: o.value for o in annotation.outcomes.all()}
        assert {
            (d["category"], d["verdict"], d["score"], d["rank"], d["was_ticked"])
            for d in line["decisions"]
        } == {
            (d.category.code, d.verdict, d.score, d.rank, d.was_ticked)
            for d in annotation.decisions.all()
        }
    assert any(line["is_withdrawal"] for line in lines)


def test_the_table_holds_each_verdict_once_and_loses_no_annotation():
    random_site.build(1)
    rows = table("decisions", "csv")
    verdicts = [(int(r["annotation"]), r["category"]) for r in rows if r["verdict"]]
    assert sorted(verdicts) == sorted(
        Decision.objects.values_list("annotation_id", "category__code")
    )
    assert {int(row["annotation"]) for row in rows} == set(
        Annotation.objects.values_list("pk", flat=True)
    )


def test_a_filter_of_grants_leaves_their_annotations_only():
    random_site.build(1)
    rows = table("decisions", "csv", query={"stream": "audit"})
    assert {int(row["annotation"]) for row in rows} == set(
        Annotation.objects.filter(grant__stream="audit").values_list("pk", flat=True)
    )


def categories():
    columns = (
        "facet__code", "code", "label", "broader__code", "definition", "scope_note", "alt_labels",
        "include_pattern", "exclude_pattern", "path", "level", "position", "retired_at",
    )  # fmt: skip
    return list(Category.objects.order_by("code").values_list(*columns))


def test_a_taxonomy_comes_back_exactly(tmp_path):
    path = tmp_path / "taxonomy.csv"
    path.write_text(TAXONOMY)
    import_taxonomy(path)
    before = categories()
    path.write_text(text("taxonomy", "csv", is_raw=True), newline="")
    assert import_taxonomy(path).n_unchanged == 3
    Category.objects.update(broader=None)
    Category.objects.all().delete()
    Taxonomy.objects.update(release=None)
    TaxonomyRelease.objects.all().delete()
    Facet.objects.all().delete()
    Taxonomy.objects.all().delete()
    assert import_taxonomy(path).faults == []
    assert categories() == before


def test_what_lies_below_a_retired_category_hangs_on_the_next_one_above():
    top = CategoryFactory(code="TOP")
    middle = CategoryFactory(
        code="MIDDLE", facet=top.facet, broader=top, retired_at=timezone.now(), merged_into=top
    )
    CategoryFactory(code="LEAF", facet=top.facet, broader=middle)
    rows = {row["code"]: row["broader"] for row in table("taxonomy", "csv")}
    assert rows == {"TOP": "", "LEAF": "TOP"}
    graph = rdflib.Graph().parse(data=text("taxonomy", "skos"), format="turtle")
    assert len(set(graph.subjects(RDF.type, SKOS.Concept))) == 3
    assert len(set(graph.subjects(OWL.deprecated, None))) == 1
