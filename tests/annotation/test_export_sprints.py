"""Exporting sprint decisions: every yes, no and unsure, and what became of it."""

import csv
import io
import json

import pytest

from annotation.models import SprintDecision
from annotation.reports.sprint_lines import sprint_decisions_of, sprint_lines
from annotation.services.exports import ExportOrder, count_lines, start_export
from annotation.services.sprints import (
    Candidate,
    decide,
    fill_sprint,
    start_sprint,
    take_sprint,
    undo_decision,
)
from tests.factories import AdministratorFactory, CategoryFactory, GrantFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def decided():
    """Three grants asked about: one changed from no to yes, one taken back, one by two people."""
    ada, mei = AdministratorFactory(username="ada"), UserFactory(username="mei")
    sprint = start_sprint(ada, CategoryFactory(code="SURF", label="=Surf lifesaving"))
    grants = [GrantFactory(reference=f"G-{n}") for n in (1, 2, 3)]
    candidates = [
        Candidate(grant.pk, source, 0.4, ["patrol"])
        for grant, source in zip(grants, ("model", "words", "random"), strict=True)
    ]
    fill_sprint(take_sprint(), candidates, None)
    first, second, third = sprint.grants.order_by("position")
    sprint.refresh_from_db()
    decide(ada, first, "no", seconds=3)
    decide(ada, first, "yes", seconds=2)
    decide(ada, third, "unsure")
    decide(ada, second, "yes")
    undo_decision(ada, sprint)
    decide(mei, third, "no")
    return sprint


def rows(**order):
    text = b"".join(start_export(ExportOrder("sprints", "csv", **order)).pieces)
    return list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"), newline=""), strict=True))


def test_every_decision_comes_out_and_says_whether_it_stands(decided, monkeypatch):
    monkeypatch.setattr("annotation.reports.sprint_lines.BATCH", 2)
    found = rows()
    said = [(r["reference"], r["annotator"], r["verdict"], r["stands"]) for r in found]
    assert said == [
        ("G-1", "ada", "no", "no"),
        ("G-1", "ada", "yes", "yes"),
        ("G-3", "ada", "unsure", "yes"),
        ("G-2", "ada", "yes", "no"),
        ("G-2", "ada", "yes", "no"),
        ("G-3", "mei", "no", "yes"),
    ]
    assert [row["is_withdrawal"] for row in found].count("yes") == 1
    assert {(row["reference"], row["source"]) for row in found} == {
        ("G-1", "model"),
        ("G-2", "words"),
        ("G-3", "random"),
    }
    assert [row["seconds"] for row in found[:2]] == ["3", "2"]
    standing = SprintDecision.objects.current().values_list("pk", flat=True)
    assert {int(row["decision"]) for row in found if row["stands"] == "yes"} == set(standing)


def test_a_category_that_looks_like_a_formula_is_made_safe_unless_raw(decided):
    assert {row["label"] for row in rows()} == {"'=Surf lifesaving"}
    assert {row["label"] for row in rows(is_raw=True)} == {"=Surf lifesaving"}


def test_the_filter_of_the_list_leaves_the_decisions_on_its_grants(decided):
    order = ExportOrder("sprints", "jsonl", query={"q": "G-3"})
    lines = b"".join(start_export(order).pieces).splitlines()
    assert [json.loads(line)["verdict"] for line in lines] == ["unsure", "no"]
    assert count_lines(order) == 2


def test_a_batch_costs_one_query_whatever_its_size(decided, django_assert_num_queries, monkeypatch):
    with django_assert_num_queries(2 + 1 + 1):  # names, the batch, and that there is no other
        list(sprint_lines(sprint_decisions_of({})))
    monkeypatch.setattr("annotation.reports.sprint_lines.BATCH", 2)
    with django_assert_num_queries(2 + 3 + 1):
        list(sprint_lines(sprint_decisions_of({})))


def test_the_page_counts_and_gives_them(decided, client):
    client.force_login(AdministratorFactory())
    page = client.get("/export/").content.decode()
    assert "Export 6 decisions" in page
    answer = client.post("/export/sprints/", {"as": "csv"})
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content).count(b"SURF") == 6
