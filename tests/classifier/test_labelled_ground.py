"""What a simulation is told to play on: the rows that the learning takes, counted in a glance."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation.models import Label, Taxonomy
from annotation.reports.labelled_ground import n_with_answers
from annotation.reports.simulation_costs import ground
from annotation.services.sprints import decide
from classifier.dataset import categories_of, training_set
from tests.classifier.conftest import ready_sprint
from tests.factories import CategoryFactory, GrantFactory, LabelFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def answered(categories, annotate):
    """Two of a file, one of them twice; one annotated; one of a sprint; some that are none."""
    category = categories["SPORT"]
    twice = LabelFactory(category=category).grant
    LabelFactory(grant=twice, category=categories["ARTS"])
    LabelFactory(category=category)
    annotate(GrantFactory(queued=True), "ARTS")
    sprint = ready_sprint(category, GrantFactory(queued=True))
    decide(UserFactory(), sprint.grants.get(), "yes")
    LabelFactory(category=category, grant=GrantFactory(stream="audit"))
    LabelFactory(category=category, grant=GrantFactory(quality_flags=["short"]))
    LabelFactory(category=category, grant=GrantFactory(quality_flags=["empty", "duplicate"]))
    LabelFactory(category=category, source=Label.Source.APPLICANT)
    GrantFactory()
    return twice


def test_it_counts_what_the_learning_takes(answered):
    labelled = training_set(categories_of(Taxonomy.objects.current()))
    assert n_with_answers(100) == len(labelled) == 4
    assert ground().n_grants == 4


def test_it_counts_no_further_than_it_is_asked_to(answered):
    assert [n_with_answers(most) for most in (1, 2, 3, 4, 5)] == [1, 2, 3, 4, 4]
    with CaptureQueriesContext(connection) as asked:
        assert n_with_answers(2) == 2
    assert len(asked) == 2  # which flags there are, and the labels of files alone


def test_an_answer_of_a_category_that_is_offered_no_more_counts_nothing(categories):
    retired = CategoryFactory(facet=categories["ARTS"].facet, retired_at="2026-01-01T00:00Z")
    LabelFactory(category=retired)
    assert n_with_answers(9) == 0
    retired.merged_into = categories["ARTS"]
    retired.save()
    assert n_with_answers(9) == 1
