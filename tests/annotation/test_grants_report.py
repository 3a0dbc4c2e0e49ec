"""Finding grants: filters, pages and states, decided a second time by hand."""

from urllib.parse import parse_qsl

import pytest
from django.utils import timezone

from annotation.models import Annotation, Category, Grant, Label, QueueItem, Skip
from annotation.reports import grants as report
from annotation.reports.grant_history import grant_history
from annotation.reports.grants import find_grants
from annotation.services.queue import claim_next_grant
from tests.annotation import random_site
from tests.annotation.test_coverage_report import (
    brought_and_unanswered,
    is_at_or_below,
    labelled_grants,
    stands,
)
from tests.factories import CategoryFactory, GrantFactory, LabelFactory, UserFactory

pytestmark = pytest.mark.django_db


def everything(query, page=None):
    """The grants of all pages, walked forwards from the first."""
    found, seen = [], 0
    while page is None or page.next:
        extra = dict(parse_qsl(page.next[1:])) if page else query
        page = find_grants(extra)
        assert page.first == (seen + 1 if page.rows else 0)
        found += [row.grant for row in page.rows]
        seen += len(page.rows)
    assert page.n_total == len(found)
    return found


def is_secret(grant):
    item = QueueItem.objects.filter(grant=grant, is_open=True).first()
    return item is not None and (item.is_blind or item.n_required > 1)


def is_labelled(grant):
    answered = any(stands(a) for a in grant.annotations.all())
    return not is_secret(grant) and (answered or grant.labels.exists())


BY_HAND = {
    "labelled": is_labelled,
    "waiting": lambda g: QueueItem.objects.filter(grant=g, is_open=True).exists(),
    "suggested": lambda g: (
        not is_labelled(g)
        and not is_secret(g)
        and g.stream != "audit"
        and any(s.is_ticked and not s.category.retired_at for s in g.suggestions.all())
    ),
    "skipped": lambda g: Skip.objects.filter(grant=g).exists(),
}


@pytest.mark.parametrize("seed", range(2))
def test_a_state_finds_what_is_found_by_hand(seed):
    random_site.build(seed)
    for state, is_so in BY_HAND.items():
        expected = [g for g in Grant.objects.order_by("pk") if is_so(g)]
        assert everything({"state": state}) == expected
        assert expected, state


def test_a_category_finds_what_is_labelled_with_it_or_below():
    random_site.build(2)
    for category in Category.objects.all():
        below = [c for c in Category.objects.all() if is_at_or_below(c, category)]
        labelled = set().union(*map(labelled_grants, below))
        expected = {g.pk for g in Grant.objects.filter(pk__in=labelled) if not is_secret(g)}
        assert {g.pk for g in everything({"category": category.code})} == expected


@pytest.mark.parametrize("seed", range(2))
def test_a_row_tells_the_categories_that_stand_and_who_chose_them(seed):
    random_site.build(seed)
    for row in find_grants({}).rows:
        standing = [a for a in row.grant.annotations.all() if stands(a)]
        chosen = {
            d.category.label
            for a in standing
            for d in a.decisions.all()
            if d.verdict in ("accepted", "added")
        } | {
            label.category.label
            for label in row.grant.labels.all()
            if brought_and_unanswered(label)
        }
        ticked = [
            s.category.label
            for s in row.grant.suggestions.filter(is_ticked=True, category__retired_at=None)
        ]
        if is_labelled(row.grant):
            who = [a.annotator.username for a in standing] or ["import"]
            assert (row.state, row.by) == ("labelled", ", ".join(who))
            assert set(row.categories) == chosen
            assert len(row.categories) == len(chosen)
        elif row.grant.stream == "audit" or is_secret(row.grant):
            assert (row.state, row.categories) == ("waiting", [])
        else:
            assert (row.state, row.categories) == ("suggested" if ticked else "waiting", ticked)


def test_words_programme_and_year_narrow_together():
    random_site.build(0)
    query = {"q": "CHOIR rings", "programme": "Active Places", "year": "2024"}
    assert everything(query) == []
    query["q"] = "choir"
    expected = Grant.objects.filter(
        title__startswith="Choir", programme="Active Places", award_date__year=2024
    )
    assert everything(query) == list(expected)


def test_words_are_found_in_title_description_recipient_and_reference():
    grant = GrantFactory(
        reference="X-77", title="Alpha", description="Beta", recipient_name="Gamma"
    )
    GrantFactory()
    for word in ("alp", "BETA", "gamma", "x-77", "alpha gamma"):
        assert everything({"q": word}) == [grant]


@pytest.mark.parametrize("size", [0, 1, 3, 4, 9, 10])
def test_pages_visit_every_grant_once_forwards_and_backwards(size, monkeypatch):
    monkeypatch.setattr(report, "PAGE", 3)
    GrantFactory.create_batch(size)
    expected = list(Grant.objects.order_by("pk"))
    assert everything({}) == expected
    pages, page = [], find_grants({})
    while page.next:
        page = find_grants(dict(parse_qsl(page.next[1:])))
    while page.previous:
        pages.append(page)
        page = find_grants(dict(parse_qsl(page.previous[1:])))
    pages.append(page)
    assert [row.grant for page in reversed(pages) for row in page.rows] == expected
    assert pages[-1].first == min(1, size)


def test_the_last_grant_of_a_page_may_go_and_the_next_page_follows(monkeypatch):
    monkeypatch.setattr(report, "PAGE", 2)
    made = GrantFactory.create_batch(5)
    following = find_grants({}).next
    made[1].delete()
    page = find_grants(dict(parse_qsl(following[1:])))
    assert [row.grant for row in page.rows] == made[2:4]


def test_links_keep_the_filter(monkeypatch):
    monkeypatch.setattr(report, "PAGE", 1)
    GrantFactory.create_batch(2, programme="A & B")
    page = find_grants({"programme": "A & B", "q": "", "after": "x"})
    assert dict(parse_qsl(page.next[1:])) == {
        "programme": "A & B",
        "after": str(page.rows[0].grant.pk),
        "at": "2",
    }


def test_a_page_costs_the_same_whatever_the_size(django_assert_max_num_queries):
    random_site.build(1, 30)
    for query in ({}, {"state": "labelled"}, {"state": "suggested"}, {"q": "a"}):
        # A state may cost four more: where the list begins, a look nearby, where to stop counting,
        # and whether there are grants beyond those looked at.
        with django_assert_max_num_queries(12 if "state" in query else 8):
            assert len(find_grants(query).rows) > 3


def test_a_grant_s_history_tells_every_act_newest_first(django_assert_max_num_queries):
    random_site.build(2)
    grant = max(Grant.objects.all(), key=lambda g: g.annotations.count())
    with django_assert_max_num_queries(11):
        history = grant_history(grant)
        acts = [(a, list(a.outcomes.all()), list(a.decisions.all())) for a in history.annotations]
    assert [a for a, _, _ in acts] == list(grant.annotations.order_by("-pk"))
    assert len(acts) > 1
    assert history.queue_item == QueueItem.objects.filter(grant=grant).first()


def test_a_history_knows_labels_by_source_skips_and_present_suggestions():
    label = LabelFactory(category=CategoryFactory(retired_at=timezone.now()))
    Skip.objects.create(grant=label.grant, annotator=UserFactory(), reason="other")
    history = grant_history(label.grant)
    assert [(s.source, [c for c, _ in s.categories]) for s in history.labels] == [
        ("imported", [label.category])
    ]
    assert len(history.skips) == 1
    assert (history.annotations, history.suggestions, history.queue_item) == ([], [], None)


def test_a_history_shows_only_what_the_last_reader_suggests():
    random_site.build(0)
    claim = claim_next_grant(UserFactory())
    grant = claim.grant if claim else Grant.objects.last()
    assert grant_history(grant).suggestions
    Grant.objects.filter(pk=grant.pk).update(scored_by=None)
    grant.refresh_from_db()
    assert grant_history(grant).suggestions == []
    assert Annotation.objects.exists()
    assert Label.objects.exists()
