"""How many hours a target takes, at the pace at which examples came of late."""

import pytest

from annotation.models import Annotation
from annotation.reports.pace import Pace, pace, poisson, seconds_an_annotation
from annotation.services.adjudication import Judgement, adjudicate
from annotation.services.answers import FacetAnswer
from annotation.services.decisions import submit_annotation
from annotation.services.merge_categories import merge_category
from annotation.services.queue import claim_next_grant
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    FacetFactory,
    GrantFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def tree():
    """Sport with two below it."""
    facet = FacetFactory(code="subject")
    sport = CategoryFactory(facet=facet, code="SPORT")
    below = [CategoryFactory(facet=facet, code=code, broader=sport) for code in ("SWIM", "SURF")]
    return {c.code: c for c in (sport, *below)}


def annotated(person, *codes, seconds):
    """The grant that waits, as the person says; in so many active seconds."""
    claim = claim_next_grant(person)
    said = {"subject": FacetAnswer("labelled", added=codes)}
    key = str(claim.token)
    submit_annotation(person, claim.token, said, idempotency_key=key, seconds=seconds)
    return claim.grant


def test_examples_of_a_merged_category_come_at_the_pace_of_the_other(tree):
    boss = AdministratorFactory()
    GrantFactory(queued=True)
    annotated(boss, "SURF", seconds=4_000)
    assert pace().examples == {tree["SURF"].pk: 1}
    merge_category(tree["SURF"], tree["SWIM"], boss)
    assert pace().examples == {tree["SWIM"].pk: 1}
    assert (pace().seconds, pace().n_annotations) == (4_000, 1)


def test_a_grant_that_two_people_decide_is_one_example(tree):
    GrantFactory(queued=True, queued__n_required=2)
    for _ in range(2):
        annotated(UserFactory(), "SWIM", seconds=40)
    assert pace().examples == {tree["SWIM"].pk: 1}
    assert (pace().seconds, pace().n_annotations) == (80, 2)


def test_what_an_adjudication_refused_is_no_example(tree):
    GrantFactory(queued=True, queued__n_required=2)
    people = UserFactory.create_batch(2)
    for person, code in zip(people, ("SWIM", "SURF"), strict=True):
        grant = annotated(person, code, seconds=40)
    seen = Annotation.objects.values_list("pk", flat=True)
    adjudicate(AdministratorFactory(), grant, Judgement({"SWIM"}, {"SURF"}), seen=seen)
    assert not pace().examples
    assert pace().seconds == 80


def test_what_came_without_a_time_counts_neither_as_time_nor_as_example(tree):
    """A program's, for one; the mean of an annotation leaves it out as well."""
    GrantFactory.create_batch(21, queued=True)
    person = UserFactory()
    for _ in range(20):
        annotated(person, "SWIM", seconds=30)
    annotated(person, "SWIM", seconds=0)
    found = pace()
    assert (found.examples[tree["SWIM"].pk], found.n_annotations) == (20, 20)
    assert found.seconds / found.n_annotations == seconds_an_annotation() == 30


def test_hours_to_a_target_are_those_of_the_pace():
    pace = Pace(seconds=36_000, examples={1: 20, 2: 3}, n_annotations=300)
    some = pace.hours_to(10, 1)
    assert some.value == 5.0  # 20 in ten hours
    assert (some.low, some.high) == pytest.approx((3.24, 8.19), abs=0.02)
    few = pace.hours_to(10, 2)
    assert few.is_too_few and few.low == pytest.approx(11.4, abs=0.1)
    assert pace.hours_to(0, 2).value == 0


def test_there_is_a_pace_from_twenty_annotations_on_however_short_they_were():
    """The row of a category says hours where "What to annotate next" does, and nowhere else."""
    few = Pace(seconds=5_000, examples={1: 9}, n_annotations=19)
    assert (few.seconds_each, few.hours_to(5, 1)) == (None, None)
    enough = Pace(seconds=600, examples={1: 15, 2: 0}, n_annotations=20)
    assert (enough.seconds_each, enough.hours_to(30, 1).value) == (30, pytest.approx(1 / 3))
    assert enough.hours_to(30, 2).is_too_few  # of which the least is told


@pytest.mark.parametrize(
    # Exact limits (Garwood 1936), from which Byar's are off by less than a hundredth.
    ("n", "low", "high"),
    [(1, 0.0253, 5.5716), (3, 0.6187, 8.7673), (10, 4.7954, 18.3904), (50, 37.1110, 65.9189)],
)
def test_the_interval_of_a_rate_is_that_of_the_tables(n, low, high):
    assert poisson(n) == pytest.approx((low, high), rel=0.02, abs=0.04)
