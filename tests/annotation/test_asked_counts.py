"""Whoever moves categories asks for a count; a worker counts, and nobody waits for it."""

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotation.models import CategoryRollup, CoverageNight, Lease
from annotation.services import leases
from annotation.services.asked_counts import ask_for_count
from annotation.services.coverage_nights import LEASE, count_due, count_waits
from annotation.services.import_taxonomy import import_taxonomy
from annotation.services.merge_categories import merge_category, part_category
from tests.annotation.rollups_by_hand import assert_right
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    GrantFactory,
    LabelFactory,
    SuggestionFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def grace():
    return AdministratorFactory(username="grace")


@pytest.fixture
def tree():
    """Camps below sport, dance below arts; a grant of each, and one that waits with camps."""
    sport, arts = CategoryFactory(code="SPORT"), CategoryFactory(code="ARTS")
    camps = CategoryFactory(code="CAMPS", broader=sport)
    dance = CategoryFactory(code="DANCE", broader=arts)
    for category in (camps, dance):
        LabelFactory(category=category)
    SuggestionFactory(grant=GrantFactory(queued=True), category=camps, is_ticked=True)
    return {c.code: c for c in (sport, arts, camps, dance)}


def count(figures=None):
    return count_due(lambda go_on: figures or {})


def with_below():
    rows = CategoryRollup.objects.filter(with_below__gt=0)
    return dict(rows.values_list("category__code", "with_below"))


def test_a_merging_and_its_end_are_counted_by_a_worker(tree, grace):
    for deed, expected in (
        (lambda: merge_category(tree["CAMPS"], tree["DANCE"], grace), {"ARTS": 2, "DANCE": 2}),
        (
            lambda: part_category(tree["CAMPS"], grace),
            {"SPORT": 1, "CAMPS": 1, "ARTS": 1, "DANCE": 1},
        ),
    ):
        assert not count_waits()
        deed()
        assert count_waits()
        count()
        assert with_below() == expected
        assert_right()


def test_a_file_that_moves_or_retires_categories_is_followed_and_a_new_label_is_none(
    tree, tmp_path, grace
):
    facet = tree["CAMPS"].facet.code
    path = tmp_path / "taxonomy.csv"

    def bring(*rows):
        lines = [f"{facet},{code},{label},{broader}" for code, label, broader in rows]
        path.write_text("facet,code,label,broader\n" + "\n".join(lines) + "\n")
        import_taxonomy(path, choice="replace")

    above = (("SPORT", "Sport", ""), ("ARTS", "Arts", ""), ("DANCE", "Dance", "ARTS"))
    bring(*above, ("CAMPS", "Camps", "ARTS"))
    assert count_waits()
    count()
    assert with_below() == {"ARTS": 2, "CAMPS": 1, "DANCE": 1}
    bring(*above, ("CAMPS", "Holiday camps", "ARTS"))
    assert not count_waits()
    bring(*above)
    assert count_waits()
    count()
    assert CategoryRollup.objects.get(category=tree["CAMPS"]).pending == 0
    assert_right()


def test_the_page_says_that_figures_are_old_until_they_are_counted(tree, grace):
    browser = Client()
    browser.force_login(grace)
    said = "The figures are being counted anew."
    assert said not in browser.get("/coverage/").content.decode()
    merge_category(tree["CAMPS"], tree["DANCE"], grace)
    assert said in browser.get("/coverage/").content.decode()
    count()
    assert said not in browser.get("/coverage/").content.decode()


def test_a_merging_costs_the_same_whatever_it_concerns(tree, grace):
    other = CategoryFactory(facet=tree["CAMPS"].facet)
    with CaptureQueriesContext(connection) as few:
        merge_category(tree["CAMPS"], tree["DANCE"], grace)
    for _ in range(15):
        LabelFactory(category=other)
    with CaptureQueriesContext(connection) as many:
        merge_category(other, tree["DANCE"], grace)
    assert len(many) <= len(few)


def test_what_is_asked_while_a_count_goes_on_is_counted_by_the_next(tree):
    ask_for_count()

    def asked_again(go_on):
        ask_for_count()
        return {}

    count_due(asked_again)
    assert count_waits()
    count()
    assert not count_waits()
    night = CoverageNight.objects.get()
    assert (night.n_asked, night.n_answered, night.n_drifted) == (2, 2, 0)


def test_a_count_whose_lease_is_lost_notes_nothing(tree):
    ask_for_count()
    CategoryRollup.objects.filter(category=tree["CAMPS"]).update(audit_right=5)

    def lost(go_on):
        Lease.objects.filter(name=LEASE).delete()
        taken = leases.take(LEASE)
        try:
            go_on()
        finally:
            leases.give_back(LEASE, taken)
        return {}

    assert count_due(lost) is None
    assert count_waits()
    assert CoverageNight.objects.get().counted_at is None
    assert CategoryRollup.objects.get(category=tree["CAMPS"]).audit_right == 5


def test_what_was_asked_for_is_no_drift_and_what_nobody_asked_for_is(tree, grace, caplog):
    merge_category(tree["CAMPS"], tree["DANCE"], grace)
    count()
    assert CoverageNight.objects.get().n_drifted == 0
    assert not [r for r in caplog.records if r.levelname == "ERROR"]
    CoverageNight.objects.update(for_date=date(2026, 3, 14))
    CategoryRollup.objects.filter(category=tree["DANCE"]).update(examples=9)
    CoverageNight.objects.create(for_date=date(2026, 3, 15))
    assert count().n_drifted == 1
    assert [r.levelname for r in caplog.records if r.levelname == "ERROR"] == ["ERROR"]


def test_a_day_that_has_been_counted_stays_when_it_is_asked_for_again(tree):
    CoverageNight.objects.create(for_date=date(2026, 3, 14), counted_at=timezone.now(), n_asked=1)
    CoverageNight.objects.create(for_date=date(2026, 3, 15))
    count()
    assert CoverageNight.objects.filter(counted_at=None).count() == 0
    assert not count_waits()
    assert CoverageNight.objects.count() == 2


def test_a_site_without_grants_asks_for_nothing(grace):
    merge_category(CategoryFactory(code="ONE"), CategoryFactory(code="TWO"), grace)
    assert not CoverageNight.objects.exists()
