"""After a merging: what is counted, what is learned and what a rule is measured on are one."""

import pytest

from annotation.models import Category, ModelVersion, Taxonomy
from annotation.reports.coverage import examples_by_category, examples_of
from annotation.reports.grants import find_grants
from annotation.reports.known_answers import known_answers
from annotation.reports.sprints import sprintable
from annotation.services.merge_categories import merge_category
from annotation.services.rollup_check import put_right
from annotation.services.sprints import decide
from classifier.dataset import categories_of, training_set
from tests.classifier.conftest import ready_sprint
from tests.factories import (
    AdministratorFactory,
    GrantFactory,
    LabelFactory,
    SuggestionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def merge(categories):
    """``merge()``: SPORT becomes ARTS."""

    def merge():
        merge_category(categories["SPORT"], categories["ARTS"], AdministratorFactory())
        return Category.objects.get(code="ARTS")

    return merge


def said_in_sprint(category, grant, *verdicts):
    """What people said one after the other, each of them somebody else."""
    asked = ready_sprint(category, grant).grants.get()
    for verdict in verdicts:
        decide(UserFactory(), asked, verdict)


def learned(category):
    """{grant: yes or no} of a category, as the training has it."""
    categories = categories_of(Taxonomy.objects.get())
    labelled = training_set(categories)
    column = categories.ids.index(category.pk)
    return {
        grant: bool(labelled.y[row, column])
        for row, grant in enumerate(labelled.grant_ids)
        if labelled.known[row, column]
    }


def measured(category):
    """The same, as a rule is measured on it."""
    with_it, without = known_answers(category, 100, 100)
    return with_it.answers | without.answers


def counted(category):
    put_right()  # as the worker does that a merging asks for it
    n = examples_by_category().get(category.pk, 0)
    assert examples_of(category) == n
    return n


def test_an_overturned_yes_stays_overturned(categories, merge):
    grant = GrantFactory(queued=True)
    said_in_sprint(categories["SPORT"], grant, "yes", "no")
    arts = merge()
    assert (learned(arts), measured(arts), counted(arts)) == ({}, {}, 0)


@pytest.mark.parametrize("codes", [("SPORT", "ARTS"), ("ARTS", "SPORT")])
def test_a_yes_to_either_is_a_yes(codes, categories, merge):
    grant = GrantFactory(queued=True)
    for code in codes:
        said_in_sprint(categories[code], grant, "yes" if code == "SPORT" else "no")
    arts = merge()
    assert learned(arts) == measured(arts) == {grant.pk: True}
    assert counted(arts) == 1


def test_a_no_was_said_of_the_old_one_alone(categories, merge):
    grant = GrantFactory(queued=True)
    said_in_sprint(categories["SPORT"], grant, "no")
    arts = merge()
    assert (learned(arts), measured(arts)) == ({}, {})
    assert list(sprintable(arts)) == [grant]


def test_a_sprint_asks_no_second_time_for_what_was_given_the_merged_one(categories, merge):
    given, other = GrantFactory.create_batch(2, queued=True)
    said_in_sprint(categories["SPORT"], given, "yes")
    assert list(sprintable(merge())) == [other]


@pytest.mark.parametrize("source", ["imported", "adjudicated"])
def test_a_label_of_the_merged_one_is_one_of_the_other(source, categories, merge):
    labels = [
        LabelFactory(category=categories[code], source=source) for code in ("SPORT", "GARDEN")
    ]
    arts = merge()
    expected = {label.grant_id: label.category.code == "SPORT" for label in labels}
    assert learned(arts) == measured(arts) == expected


def test_an_annotation_of_the_merged_one_is_one_of_the_other(categories, annotate, merge):
    version = ModelVersion.objects.get()
    given, other, both = GrantFactory.create_batch(3, queued=True, scored_by=version)
    for code in ("SPORT", "ARTS"):
        SuggestionFactory(grant=both, category=categories[code], model_version=version)
    annotate(given, "SPORT")
    annotate(other, "GARDEN")
    annotate(both, "SPORT", rejected=("ARTS",))
    arts = merge()
    expected = {given.pk: True, other.pk: False, both.pk: True}
    assert learned(arts) == measured(arts) == expected


def test_a_suggestion_of_the_merged_one_is_listed_no_more(categories, merge):
    version = ModelVersion.objects.get()
    one, both = GrantFactory.create_batch(2, queued=True, scored_by=version, top_score=0.9)
    for grant, code in ((one, "SPORT"), (both, "SPORT"), (both, "ARTS")):
        SuggestionFactory(
            grant=grant, category=categories[code], model_version=version, is_ticked=True
        )
    merge()
    told = {row.grant: (row.state, row.categories) for row in find_grants({}).rows}
    assert told == {one: ("waiting", []), both: ("suggested", ["Arts"])}
    assert [row.grant for row in find_grants({"state": "suggested"}).rows] == [both]
