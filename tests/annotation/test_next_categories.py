"""What to annotate next: which categories, and what they would cost, reckoned by hand."""

import re
from html import unescape
from math import isinf

import pytest
from django.test import Client

from annotation.models import Category
from annotation.reports.category_figures import Verdicts
from annotation.reports.coverage import CategoryCoverage, Coverage, FacetCoverage, coverage
from annotation.reports.next_categories import next_categories
from annotation.reports.pace import Pace
from tests.factories import AdministratorFactory, CategoryFactory, GrantFactory, SuggestionFactory

PACE = Pace(seconds=7_200, examples={}, n_annotations=100)  # 72 seconds each


def row(code, pending=1, examples=0, with_below=None, verdicts=(), target=None):
    return CategoryCoverage(
        code=code, label=f"Label {code}", path=[], level=1, facet="subject", examples=examples,
        of_pool=examples, with_below=examples if with_below is None else with_below,
        pending=99, pending_of_pool=pending, target=target, asked_for_by="",
        verdicts=Verdicts(*verdicts),
    )  # fmt: skip


def board(*rows, pace=PACE):
    return Coverage([FacetCoverage("subject", "Subject", list(rows))], 1, 1, pace)


def test_they_are_the_thin_ones_that_most_grants_wait_for():
    found = next_categories(
        board(
            row("FULL", pending=99, examples=10),
            row("NONE", pending=0),
            *(row(f"C{n}", pending=n) for n in range(1, 8)),
        )
    )
    assert [one.code for one in found.candidates] == ["C7", "C6", "C5", "C4", "C3"]


def test_what_is_short_of_its_target_comes_first_and_the_smallest_fill_up():
    found = next_categories(
        board(
            row("LESS", pending=1, examples=20, target=30),
            row("REACHED", pending=9, examples=3, target=2),
            row("BROAD", pending=0, with_below=40),  # thin by its own examples, as on the map
            row("SMALL", pending=0, examples=12),
            row("SMALLEST", pending=0, examples=11),
            row("COVERED", pending=9, examples=50),
        )
    )
    assert [(one.code, one.missing, one.goal) for one in found.candidates] == [
        ("LESS", 10, 30), ("REACHED", 7, 10), ("BROAD", 10, 10),
        ("SMALLEST", 39, 50), ("SMALL", 38, 50),
    ]  # fmt: skip


def test_what_has_examples_below_it_comes_after_what_has_none_anywhere():
    broad, bare = row("A", pending=0, with_below=40), row("Z", pending=0)
    waiting = row("M", pending=1, with_below=40)
    found = next_categories(board(broad, bare, waiting))
    assert [one.code for one in found.candidates] == ["M", "Z", "A"]


def test_the_cost_is_what_is_missing_by_how_often_a_suggestion_fits():
    own = row("OWN", pending=9, examples=4, verdicts=(20, 10, 0, 10))  # half of forty fitted
    few = row("FEW", pending=8, verdicts=(1, 1, 0, 0))  # 21 of all 42 did
    first, second = next_categories(board(own, few)).candidates
    assert first.missing == 6 and first.grants.value == pytest.approx(12)
    # Wilson's interval of 20 of 40 is 0.352 to 0.648.
    assert (first.grants.low, first.grants.high) == pytest.approx((6 / 0.648, 6 / 0.352), rel=0.01)
    assert first.hours.value == pytest.approx(12 * 72 / 3_600)
    assert second.grants.value == pytest.approx(20)
    total = next_categories(board(own, few)).hours
    assert total.value == pytest.approx((12 + 20) * 72 / 3_600)
    assert total.low == pytest.approx(first.hours.low + second.hours.low)


def test_nothing_is_told_of_too_few():
    (one,) = next_categories(board(row("A", verdicts=(5, 4, 9, 0)))).candidates
    assert one.grants is None and one.hours is None
    (one,) = next_categories(board(row("A", verdicts=(0, 20, 0, 0)))).candidates
    assert one.grants is None  # none has fitted yet
    slow = board(row("A", verdicts=(5, 5, 0, 0)), pace=Pace(600, {}, 19))
    found = next_categories(slow)
    assert found.candidates[0].grants and found.seconds is None and found.hours is None
    rare = next_categories(board(row("A", verdicts=(1, 5_000, 0, 0)))).candidates[0]
    assert not isinf(rare.grants.high)


@pytest.mark.django_db
def test_what_waits_in_the_audit_stream_brings_no_category_forward():
    """Of each stream as many grants as the category's name says, counted as they are queued."""
    for n_pool, n_audit in ((1, 3), (2, 1)):
        category = CategoryFactory(code=f"P{n_pool}A{n_audit}", target=4)
        for stream, n in (("pool", n_pool), ("audit", n_audit)):
            for _ in range(n):
                grant = GrantFactory(queued=True, stream=stream)
                SuggestionFactory(grant=grant, category=category, is_ticked=True)
    rows = coverage().rows
    assert [(row.code, row.pending) for row in rows] == [("P1A3", 4), ("P2A1", 3)]
    candidates = next_categories(coverage()).candidates
    assert [(one.code, one.waiting) for one in candidates] == [("P2A1", 2), ("P1A3", 1)]


@pytest.mark.django_db
def test_the_page_shows_them_and_asks_from_there():
    browser = Client()
    browser.force_login(AdministratorFactory())
    category = CategoryFactory(code="SWIM", label="Swimming")
    page = browser.get("/coverage/").content.decode()
    assert 'href="/sprints/?category=SWIM"' in page.split('id="coverage-map"')[0]
    SuggestionFactory(grant=GrantFactory(queued=True), category=category, is_ticked=True)
    page = unescape(re.sub(r"<[^>]+>", " ", browser.get("/coverage/").content.decode()))
    said = re.sub(r"\s+", " ", page)
    assert "Swimming 0 + 10 to reach 10 1 At least 10 No pace yet Annotate next : Swimming" in said
    browser.post("/coverage/want/", {"ask": "SWIM"})
    assert Category.objects.get(code="SWIM").asked_for_by
    assert "What to annotate next" not in browser.get("/coverage/?band=0").content.decode()
