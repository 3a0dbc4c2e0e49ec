"""What counts as a grant's category: adjudicated before annotated before brought along."""

import pytest

from annotation.models import Grant
from annotation.reports.coverage import coverage, examples_of
from annotation.reports.grant_filters import filtered
from annotation.reports.grants import find_grants
from annotation.services.rollup_check import put_right
from tests.annotation.test_adjudication import annotated, decide, disputed, tree
from tests.factories import GrantFactory, LabelFactory, UserFactory

__all__ = ["disputed", "tree"]  # fixtures
pytestmark = pytest.mark.django_db


def counted(tree):
    """Codes of the categories that have an example, by every page that counts or finds them."""
    put_right()  # the fixtures write rows without the deeds that keep the figures
    rows = coverage().rows
    by_board = {row.code for row in rows if row.examples}
    by_category = {code for code, category in tree.items() if examples_of(category)}
    by_list = {label.lower() for row in find_grants({}).rows for label in row.categories}
    assert by_board == by_category == by_list
    for code in tree:
        below = {c for c in by_board if code in [c, *tree[c].ancestor_codes]}
        assert filtered({"category": code}).exists() == bool(below), code
    return by_board


def test_before_a_judgement_what_any_annotator_chose_counts(tree, disputed):
    assert counted(tree) == {"community", "professional", "arts"}


def test_a_category_that_was_ruled_out_is_no_example_any_more(tree, disputed):
    decide(disputed, taken=["community", "arts"], refused=["professional"])
    assert counted(tree) == {"community", "arts"}


def test_a_facet_that_was_ruled_empty_counts_for_nothing(tree, disputed):
    decide(disputed, refused=["community", "professional", "arts"])
    assert counted(tree) == set()


def test_where_both_may_stand_both_count(tree, disputed):
    decide(disputed, both_may_stand=True)
    assert counted(tree) == {"community", "professional", "arts"}


def test_a_category_of_a_file_counts_until_somebody_has_answered_the_facet(tree):
    grant = GrantFactory()
    LabelFactory(grant=grant, category=tree["professional"])
    assert counted(tree) == {"professional"}
    annotated(grant, UserFactory(), [tree["community"]])
    assert counted(tree) == {"community"}
    assert find_grants({}).rows[0].state == "labelled"


def test_a_grant_that_nobody_answered_is_still_labelled_by_its_file(tree):
    LabelFactory(grant=GrantFactory(), category=tree["surf"])
    assert counted(tree) == {"surf"}
    assert set(filtered({"category": "sport"})) == set(Grant.objects.all())
