"""Finding a category by typing."""

import json

import pytest
from django.utils import timezone

from annotation.models import Category
from annotation.reports.categories import category_columns, current_release, search_categories
from annotation.reports.coverage import coverage
from annotation.services.taxonomy_releases import _release
from tests.annotation import random_site
from tests.factories import CategoryFactory, FacetFactory, TaxonomyFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def sport():
    """Sport > Football > Junior football, and a café beside them."""
    facet = FacetFactory()
    sport = CategoryFactory(facet=facet, code="SB02", label="Sport", alt_labels=["games"])
    football = CategoryFactory(facet=facet, code="SB0201", label="Football", broader=sport)
    CategoryFactory(facet=facet, code="SB020101", label="Junior football", broader=football)
    CategoryFactory(facet=facet, code="EC01", label="Repair Cafés", alt_labels=["Football pumps"])
    return sport


def found(words):
    return [category.code for category in search_categories(words)]


def test_no_words_find_everything_in_the_taxonomy_s_order(sport):
    assert found("") == found("  ") == ["SB02", "SB0201", "SB020101", "EC01"]


def test_the_beginning_of_a_label_goes_before_its_middle_and_another_name(sport):
    assert found("foot") == ["SB0201", "SB020101", "EC01"]


def test_codes_are_found_from_their_beginning(sport):
    assert found("sb0201") == ["SB0201", "SB020101"]


def test_names_above_are_found_last(sport):
    assert found("sport") == ["SB02", "SB0201", "SB020101"]


def test_every_word_must_occur(sport):
    assert found("sport junior") == ["SB020101"]
    assert found("sport repair") == []


@pytest.mark.parametrize("words", ["cafe", "CAFÉ", "cafe\u0301", "caFÉS repair"])
def test_case_and_accents_do_not_matter(sport, words):
    assert found(words) == ["EC01"]


def test_retired_categories_are_not_found(sport):
    sport.retired_at = timezone.now()
    sport.save()
    assert "SB02" not in found("") + found("sport")


def test_categories_of_another_taxonomy_are_not_found(sport):
    other = FacetFactory(taxonomy=TaxonomyFactory(name="Another", is_current=False))
    CategoryFactory(facet=other, label="Sport of others", code="X")
    assert "X" not in found("sport")


@pytest.mark.parametrize("words", ["\0", "%", "_", "(a+)+$", "\\", "x" * 10_000, "a " * 5_000, "İ"])
def test_hostile_words_are_words(sport, words):
    assert len(found(words)) <= 4


def test_a_search_costs_one_query(sport, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert [(c.facet.code, c.broader and c.broader.code) for c in search_categories("")]


def test_the_browser_s_columns_are_plain_and_count_examples():
    random_site.build(0)
    examples = {row.code: row.examples for f in coverage().facets for row in f.rows}
    columns = category_columns()
    assert dict(zip(columns["code"], columns["n"], strict=True)) == examples
    assert json.loads(json.dumps(columns)).keys() == columns.keys()
    assert columns.keys() == {"facets", "facet", "code", "label", "alt", "above", "n"}
    assert {len(column) for name, column in columns.items() if name != "facets"} == {len(examples)}


def paths(columns):
    """Put together again what the columns say once only."""

    def path(at):
        above = columns["above"][at]
        return [*path(above), columns["label"][above]] if isinstance(above, int) else [*above]

    return {code: path(at) for at, code in enumerate(columns["code"])}


def test_what_stands_above_is_said_once(sport):
    columns = category_columns()
    assert columns["above"] == [(), 0, 1, ()]
    assert paths(columns)["SB020101"] == ["Sport", "Football"]
    assert columns["alt"][0] == ["games"]


def test_below_a_retired_category_the_labels_are_said(sport):
    Category.objects.filter(code="SB0201").update(retired_at=timezone.now())
    columns = category_columns()
    assert columns["above"] == [(), ("Sport", "Football"), ()]
    assert paths(columns)["SB020101"] == ["Sport", "Football"]


def test_a_child_may_stand_before_its_parent(sport):
    Category.objects.filter(code="SB020101").update(position=0)
    Category.objects.filter(code="SB02").update(position=9)
    assert paths(category_columns())["SB020101"] == ["Sport", "Football"]


def test_categories_of_like_names_in_two_facets_keep_their_own_parents(sport):
    other = FacetFactory(taxonomy=sport.taxonomy, code="population")
    twin = CategoryFactory(facet=other, code="P1", label="Sport")
    CategoryFactory(facet=other, code="P11", label="Football", broader=twin)
    columns = category_columns()
    above = dict(zip(columns["code"], columns["above"], strict=True))
    assert columns["code"][above["P11"]] == "P1"
    assert columns["facets"][columns["facet"][columns["code"].index("P11")]] == other.code


def test_the_browser_s_columns_cost_two_queries(django_assert_num_queries):
    random_site.build(0, 6)
    with django_assert_num_queries(2):
        category_columns()


def test_a_release_changes_with_the_taxonomy(sport):
    before = current_release()
    _release(sport.taxonomy)
    assert current_release() != before


def test_without_a_taxonomy_there_is_release_nought():
    assert current_release() == 0
    assert category_columns()["code"] == []
