"""How well labelled grants cover the taxonomy, counted a second time by hand."""

import pytest
from django.utils import timezone

from annotation.models import Annotation, Category, Facet, Grant, Label, QueueItem, Suggestion
from annotation.reports.coverage import coverage, examples_by_category, examples_for_choosing
from annotation.services.rollup_check import put_right
from tests.annotation import random_site
from tests.factories import (
    CategoryFactory,
    FacetFactory,
    GrantFactory,
    LabelFactory,
    SuggestionFactory,
)

pytestmark = pytest.mark.django_db


def stands(annotation):
    """Neither a withdrawal nor followed by another row of its chain."""
    later = Annotation.objects.filter(supersedes=annotation)
    return not annotation.is_withdrawal and not later


def brought_and_unanswered(label):
    """Nobody has answered the facet of a label that a file brought."""
    answers = [a for a in label.grant.annotations.all() if stands(a)]
    facets = {o.facet_id for a in answers for o in a.outcomes.all()}
    return label.category.facet_id not in facets


def labelled_grants(category):
    """Keys of the grants that a person or a file gave exactly this category."""
    grants = {
        label.grant_id
        for label in Label.objects.all()
        if label.category_id == category.pk and brought_and_unanswered(label)
    }
    for decision in category.decisions.all():
        if decision.verdict in ("accepted", "added") and stands(decision.annotation):
            grants.add(decision.annotation.grant_id)
    return grants


def is_at_or_below(category, top):
    while category is not None:
        if category.pk == top.pk:
            return True
        category = category.broader
    return False


def pending(category):
    open_grants = {item.grant_id for item in QueueItem.objects.all() if item.is_open}
    return sum(
        s.is_ticked and s.category_id == category.pk and s.grant_id in open_grants
        for s in Suggestion.objects.all()
    )


@pytest.mark.parametrize("seed", range(2))
def test_it_equals_a_count_by_hand(seed):
    random_site.build(seed)
    direct = {c: labelled_grants(c) for c in Category.objects.all()}
    report = coverage()
    assert [facet.code for facet in report.facets] == [f.code for f in Facet.objects.all()]
    rows = {row.code: row for facet in report.facets for row in facet.rows}
    assert rows.keys() == {c.code for c in direct if c.retired_at is None}
    for category in direct:
        if category.retired_at:
            continue
        below = [grants for c, grants in direct.items() if is_at_or_below(c, category)]
        row = rows[category.code]
        assert row.examples == len(direct[category])
        assert row.with_below == len(set().union(*below))
        assert row.pending == pending(category)
        assert (row.label, row.level, row.facet) == (
            category.label,
            category.level,
            category.facet.code,
        )
    assert report.n_grants == Grant.objects.count()
    assert report.n_labelled == len(set().union(*direct.values()))
    assert sum(row.examples for row in rows.values()) > 10


def test_the_thinnest_come_first_and_of_those_the_most_suggested():
    facet = FacetFactory()
    labelled, asked, plain = (CategoryFactory(facet=facet, code=code) for code in "ABC")
    LabelFactory(category=labelled)
    SuggestionFactory(category=asked)
    codes = [row.code for row in coverage().facets[0].rows]
    assert codes == [asked.code, plain.code, labelled.code]


@pytest.mark.parametrize(
    ("examples", "band"), [(0, 0), (1, 1), (4, 1), (5, 2), (9, 2), (10, 3), (49, 3), (50, 4)]
)
def test_bands_begin_at_one_five_ten_and_fifty(examples, band):
    category = CategoryFactory()
    grants = GrantFactory.create_batch(examples)
    facts = {"category": category, "source": Label.Source.ADJUDICATED}
    Label.objects.bulk_create(Label(grant=grant, **facts) for grant in grants)
    put_right()
    assert coverage().facets[0].rows[0].band == band


def test_a_grant_counts_once_whoever_labelled_it_and_however_often():
    label = LabelFactory()
    LabelFactory(grant=label.grant, category=label.category, source="adjudicated")
    assert examples_by_category() == {label.category_id: 1}


def test_audit_grants_count_as_examples_and_never_for_choosing():
    label = LabelFactory()
    LabelFactory(category=label.category, grant=GrantFactory(stream="audit"))
    LabelFactory(grant=GrantFactory(stream="audit"), category=CategoryFactory(code="AUDIT"))
    assert examples_by_category()[label.category_id] == 2
    assert examples_for_choosing() == {label.category_id: 1}
    row = next(row for facet in coverage().facets for row in facet.rows if row.examples == 2)
    assert row.of_pool == 1


def test_what_lies_below_a_retired_category_still_counts_above():
    top = CategoryFactory()
    middle = CategoryFactory(facet=top.facet, broader=top, retired_at=timezone.now())
    LabelFactory(category=CategoryFactory(facet=top.facet, broader=middle))
    rows = {row.code: row.with_below for row in coverage().facets[0].rows}
    assert rows[top.code] == 1
    assert middle.code not in rows


def test_one_facet_alone_can_be_asked_for():
    for code in ("subject", "population"):
        CategoryFactory(facet=FacetFactory(code=code))
    assert [facet.code for facet in coverage("population").facets] == ["population"]
    assert coverage("nonsense").facets == []


def test_an_empty_site_has_no_facets():
    report = coverage()
    assert (report.facets, report.n_grants, report.n_labelled) == ([], 0, 0)


def test_it_costs_four_queries_whatever_the_size(django_assert_num_queries):
    random_site.build(1)
    with django_assert_num_queries(4):
        coverage()
