"""The filters of grants, each decided a second time by hand; what a blind reader may not learn."""

import itertools
import random
from datetime import date
from decimal import Decimal
from urllib.parse import parse_qsl

import pytest
from django.db import connection

from annotation.models import Annotation, Category, Facet, Grant, Label, Outcome, QueueItem, User
from annotation.reports import grant_choices
from annotation.reports import grants as report
from annotation.reports.grant_choices import flags, programmes, years
from annotation.reports.grant_filters import FILTERS, filtered
from annotation.reports.grant_lines import grant_lines, grants_found
from annotation.reports.grants import find_grants
from annotation.services.suggestions import replace_suggestions
from annotation.templatetags.finding import found_figure, found_words
from tests.annotation import random_site
from tests.annotation.test_coverage_report import stands
from tests.annotation.test_grants_report import everything, is_secret
from tests.factories import (
    CategoryFactory,
    GrantFactory,
    LabelFactory,
    SuggestionFactory,
)

pytestmark = pytest.mark.django_db


def by_hand():
    """The grants, each with the facts that filters ask for, looked up one by one."""
    grants = list(Grant.objects.order_by("pk"))
    for g in grants:
        hidden = is_secret(g)
        scores = [s.score for s in g.suggestions.filter(model_version=g.scored_by)]
        g.top = None if hidden or g.stream == "audit" else max(scores, default=None)
        stand = [] if hidden else [a for a in g.annotations.all() if stands(a)]
        g.by = {a.annotator.username for a in stand}
        g.said = {f"{o.facet.code}:{o.value}" for a in stand for o in a.outcomes.all()}
        if not hidden:
            g.said |= {f"{label.category.facet.code}:labelled" for label in g.labels.all()}
        waits = QueueItem.objects.filter(grant=g, is_open=True).exists()
        ticked = g.suggestions.filter(is_ticked=True, model_version=g.scored_by)
        g.waits_with = {s.category.code for s in ticked if waits and g.top is not None}
        g.places = f"{g.recipient_place} {g.beneficiary_place}".lower()
    return grants


def cases():
    """(filter, whether a grant fits) for every filter of a random site."""
    for stream in ("pool", "audit"):
        yield {"stream": stream}, lambda g, v=stream: g.stream == v
    for name in User.objects.values_list("username", flat=True):
        yield {"annotator": name}, lambda g, v=name: v in g.by
    for code, outcome in itertools.product(("subject", "population"), Outcome.Value.values):
        yield {"outcome": f"{code}:{outcome}"}, lambda g, v=f"{code}:{outcome}": v in g.said
    for value in ("0", "0.7", ".9", "1"):
        yield {"score_from": value}, lambda g, v=value: (g.top or -1) >= float(v)
        yield {"score_to": value}, lambda g, v=value: g.top is not None and g.top <= float(v)
    for name in ("Active Places", "Living Country"):
        yield {"programme": name}, lambda g, v=name: g.programme == v
    for name in ("Perth", "south yarra", "vic"):
        yield {"place": name}, lambda g, v=name: v.lower() in g.places
    ticked = Category.objects.order_by("pk").distinct()
    waiting = {"suggestions__grant__queue_item__in": QueueItem.objects.open().filter(n_required=1)}
    told = ticked.filter(suggestions__is_ticked=True, suggestions__grant__stream="pool", **waiting)
    for category in {*told.filter(retired_at=None)[:2], *ticked[:2]}:
        is_offered = category.retired_at is None
        yield (
            {"suggested": category.code},
            lambda g, v=category.code, offered=is_offered: offered and v in g.waits_with,
        )
    for year in (2023, 2024):
        yield {"year": str(year)}, lambda g, v=year: g.award_date and g.award_date.year == v
    for value in ("500", "1000.5", "1000.51"):
        yield {"amount_from": value}, lambda g, v=value: (g.amount_awarded or -1) >= Decimal(v)
        yield (
            {"amount_to": value},
            lambda g, v=value: g.amount_awarded is not None and g.amount_awarded <= Decimal(v),
        )
    for flag in ("short", "capitals", "a flag of tomorrow"):
        yield {"flag": flag}, lambda g, v=flag: v in g.quality_flags


@pytest.mark.parametrize("seed", range(2))
def test_each_filter_finds_what_is_found_by_hand(seed):
    random_site.build(seed, 30)
    grants = by_hand()
    tried = set()
    for query, fits in cases():
        assert everything(query) == [g for g in grants if fits(g)], query
        tried |= query.keys() & {name for name in query if any(map(fits, grants))}
    assert tried == FILTERS.keys() - {"q", "state"}  # those have tests of their own


def test_filters_narrow_together():
    random_site.build(3, 24)
    grants = by_hand()
    draw = random.Random(1)
    n_found = 0
    for _ in range(40):
        (one, fits), (other, also_fits) = draw.sample(list(cases()), 2)
        expected = {g.pk for g in grants if fits(g) and also_fits(g)}
        if not one.keys() & other.keys():
            assert {g.pk for g in filtered(one | other)} == expected, one | other
            n_found += len(expected)
    assert n_found


@pytest.mark.parametrize("order", ["lowest", "highest"])
def test_pages_by_score_visit_every_grant_that_may_be_told_once(order, monkeypatch):
    monkeypatch.setattr(report, "PAGE", 3)
    random_site.build(0, 30)
    category = CategoryFactory()
    for grant in Grant.objects.all()[:12]:  # equal scores are told apart by the key
        replace_suggestions(
            grant.scored_by, [grant.pk], [SuggestionFactory.build(
                grant=grant, category=category, model_version=grant.scored_by, score=0.1 + 0.2,
                rank=1,
            )],
        )  # fmt: skip
    grants = [g for g in by_hand() if g.top is not None]
    expected = sorted(grants, key=lambda g: (g.top, g.pk), reverse=order == "highest")
    assert everything({"order": order}) == expected
    page = find_grants({"order": order})
    while page.next:
        page = find_grants(dict(parse_qsl(page.next[1:])))
    seen = [page]
    while page.previous:
        page = find_grants(dict(parse_qsl(page.previous[1:])))
        seen.append(page)
    assert [row.grant for page in reversed(seen) for row in page.rows] == expected
    assert [row.score for page in reversed(seen) for row in page.rows] == [g.top for g in expected]


# What a blind reader may not see


@pytest.fixture
def secret():
    """Waits to be decided blind by a second person; the first has answered, and a file too."""
    suggestion = SuggestionFactory(grant=GrantFactory(stream="audit", queued=True), score=0.9)
    grant = suggestion.grant
    Grant.objects.update(top_score=0.9)
    LabelFactory(grant=grant, category=suggestion.category)
    return grant


@pytest.mark.parametrize("stream", ["audit", "pool"])
def test_no_filter_tells_what_a_blind_reader_may_not_see(secret, stream):
    """A grant of the pool may be decided blind as well, as a control."""
    Grant.objects.update(stream=stream)
    category = Label.objects.get().category
    for query in (
        {"category": category.code}, {"outcome": f"{category.facet.code}:labelled"},
        {"state": "labelled"}, {"state": "suggested"}, {"score_from": "0"}, {"score_to": "1"},
        {"order": "lowest"}, {"order": "highest"}, {"itself": category.code},
        {"given_from": "1970-01-01"}, {"given_to": "2999-12-31"}, {"suggested": category.code},
    ):  # fmt: skip
        assert find_grants(query).rows == [], query
        assert find_grants(query).n_total == 0
    (row,) = find_grants({}).rows
    assert (row.categories, row.state, row.by, row.score) == ([], "waiting", "", None)
    QueueItem.objects.update(is_open=False, n_done=1)
    assert find_grants({"category": category.code}).n_total == 1
    assert find_grants({"score_from": "0"}).n_total == (stream == "pool")


# Counts, positions and choices


def test_a_count_is_exact_to_a_bound_and_says_so_beyond_it(monkeypatch):
    GrantFactory.create_batch(5, title="swim")
    for bound, expected in ((5, (5, True)), (4, (4, False))):
        monkeypatch.setattr(report, "COUNTED", bound)
        monkeypatch.setattr(report, "PAGE", 2)
        page = find_grants({"q": "swim"})
        assert (page.n_total, page.is_exact) == expected
    monkeypatch.setattr(report, "PAGE", 25)  # what stands on one page is counted by looking
    assert find_grants({"q": "swim"}).is_exact


def test_a_state_that_only_the_first_grants_have_is_not_said_to_have_more(monkeypatch):
    monkeypatch.setattr(report, "PAGE", 2)
    LabelFactory.create_batch(3, category=CategoryFactory())
    GrantFactory.create_batch(3)
    monkeypatch.setattr(report, "LOOKED_AT", 3)
    page = find_grants({"state": "labelled"})
    assert filtered({"state": "labelled"}).count() == page.n_total == 3
    assert found_words(page) == "at least 3 grants"
    assert found_figure(page) == "at least 3"


@pytest.mark.postgres_only
def test_the_whole_list_is_estimated_by_the_database(monkeypatch):
    GrantFactory.create_batch(30)
    monkeypatch.setattr(report, "COUNTED", 10)
    assert (find_grants({}).n_total, find_grants({}).is_estimate) == (10, False)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE annotation_grant")
    assert (find_grants({}).n_total, find_grants({}).is_estimate) == (30, True)


def test_a_position_that_nobody_counted_is_not_made_up():
    grants = GrantFactory.create_batch(30)
    after = str(grants[2].pk)
    assert find_grants({"after": after, "at": "4"}).first == 4
    for at in ("", "x", "-1", "0", "²", "9" * 50):
        assert find_grants({"after": after, "at": at}).first is None
    assert find_grants({"at": "77"}).first == 1
    gone = find_grants({"before": str(grants[0].pk)})
    assert (gone.first, len(gone.rows)) == (1, 25)


def test_choices_are_those_there_are(django_assert_num_queries, monkeypatch):
    assert (programmes(), years(), flags()) == ([], [], [])
    random_site.build(0)
    with django_assert_num_queries(3):
        assert programmes() == ["Active Places", "Living Country"]
        assert years() == [2024, 2023]
        assert flags() == ["a flag of tomorrow", "capitals", "short"]
    Grant.objects.update(programme="x" * 5_000, award_date=date(1, 1, 1), quality_flags=[])
    assert (programmes(), years(), flags()) == (["x" * 200], [1], [])
    assert len(everything({"programme": "x" * 200})) == Grant.objects.count()
    assert len(everything({"year": "0001"})) == Grant.objects.count()
    for n in range(4):
        GrantFactory(programme=f"Program {n}")
    monkeypatch.setattr(grant_choices, "MOST_PROGRAMMES", 2)
    assert programmes() == ["Program 0", "Program 1", "Program 2"]


PLANS = {
    "programme": "grant_programme", "year": "grant_award_date", "amount_from": "grant_amount",
    "flag": "grant_quality_flags", "score_to": "grant_top_score",
}  # fmt: skip


@pytest.mark.sqlite_only
@pytest.mark.parametrize(("name", "index"), PLANS.items())
def test_a_filter_is_answered_by_its_index(name, index):
    GrantFactory(quality_flags=["short"])
    value = {"year": "2024", "flag": "short"}.get(name, "1")
    assert index in filtered({name: value}).order_by().values("pk").explain()


def test_a_page_costs_a_bounded_number_of_queries(django_assert_max_num_queries):
    random_site.build(1, 24)
    for query, _ in cases():
        # A state or a category may cost three more: where the list begins, a look nearby, and
        # where to stop or whether there are many.
        more = 3 if {"state", "category", "outcome", "suggested"} & {*query} else 0
        with django_assert_max_num_queries(9 + more):
            find_grants(query)


def test_an_export_of_a_filter_holds_what_the_list_shows():
    random_site.build(2, 24)
    for query, _ in cases():
        shown = [grant.reference for grant in everything(query)]
        assert [line.reference for line in grant_lines(grants_found(query))] == shown, query
    assert Annotation.objects.exists() and Facet.objects.count() == 2
