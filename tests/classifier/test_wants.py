"""What staff want of categories, from the category's page to the queue."""

from itertools import count

import pytest

from annotation.models import Category, QueueItem
from annotation.models.grants import lot
from annotation.services.priorities import work_waits
from annotation.services.wanted_categories import want_examples
from classifier.scoring import score_waiting_grants
from classifier.wants import as_examples, names_of_asked
from tests.classifier.conftest import text_about
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    GrantFactory,
    LabelFactory,
    decide,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def grace():
    return AdministratorFactory(username="grace")


@pytest.fixture
def waiting(categories):
    """Twelve grants of each category that wait, all but a few to be chosen from."""
    decide(random_share=0.1, coverage_share=0.5, audit_turns=0.0, blind_share=0.0)
    return [
        GrantFactory(
            reference=f"W-{code}-{n}",  # by which lots are drawn
            title=f"{code} {n}",  # a text that names a category is likely to be of it
            description=f"{text_about(code, n)} {some_words(code, n)}",
            queued=True,
        )
        for code in categories
        for n in range(12)
    ]


def some_words(code, n):
    """Six that no other text has."""
    return " ".join(f"{code.lower()}{'xyz'[k % 3]}{chr(97 + n)}{chr(97 + k)}" for k in range(6))


def from_coverage():
    items = QueueItem.objects.filter(stream="coverage").soonest_first().select_related("grant")
    return [(item.grant.title.split()[0], item.reason) for item in items]


def test_what_is_asked_for_comes_first_of_its_stream_and_says_who_asked(categories, waiting, grace):
    assert score_waiting_grants() == 36
    assert want_examples(grace, categories["GARDEN"], None, is_asked_for=True)
    assert work_waits()
    assert score_waiting_grants() == 0
    first = from_coverage()[:5]
    assert {title for title, _ in first} == {"GARDEN"}
    assert {reason for _, reason in first} == {"Asked for by grace: it may be Garden."}
    assert not work_waits()


def test_two_that_are_asked_for_take_turns(categories, waiting, grace):
    decide(coverage_share=0.9)  # no other stream takes one of theirs
    score_waiting_grants()
    for code in ("GARDEN", "ARTS"):
        want_examples(grace, categories[code], None, is_asked_for=True)
    score_waiting_grants()
    titles = [title for title, _ in from_coverage()[:6]]
    assert titles.count("GARDEN") == titles.count("ARTS") == 3


def test_once_the_target_is_reached_nothing_comes_for_its_sake(categories, waiting, grace):
    LabelFactory.create_batch(3, category=categories["GARDEN"])
    want_examples(grace, categories["GARDEN"], 3, is_asked_for=True)
    score_waiting_grants()
    found = from_coverage()
    assert found
    assert not any("Garden" in reason for _, reason in found)


def test_audit_grants_bring_no_target_nearer(categories, waiting, grace):
    audit = GrantFactory.create_batch(3, stream="audit")
    for grant in audit:
        LabelFactory(category=categories["GARDEN"], grant=grant)
    want_examples(grace, categories["GARDEN"], 3, is_asked_for=True)
    score_waiting_grants()
    assert "Asked for by grace: it may be Garden." in {reason for _, reason in from_coverage()}


def test_the_audit_and_the_random_stream_know_of_no_wish(categories, waiting, grace):
    GrantFactory.create_batch(
        5, title="GARDEN", description=text_about("GARDEN", 1), stream="audit", queued=True
    )
    # Of the lots of 36 references, none may be among the lowest tenth.
    drawn = next(f"R-{n}" for n in count() if lot(f"R-{n}", "random") < 0.1)
    GrantFactory(reference=drawn, title="GARDEN", queued=True)

    def untouched():
        streams = QueueItem.objects.filter(stream__in=["audit", "random"])
        return list(streams.order_by("-priority").values_list("grant_id", "stream", "reason"))

    score_waiting_grants()
    before = untouched()
    assert {stream for _, stream, _ in before} == {"audit", "random"}
    want_examples(grace, categories["GARDEN"], 50, is_asked_for=True)
    score_waiting_grants()
    assert untouched() == before


def test_how_well_off_a_category_counts_as_depends_on_its_target(grace):
    none, low, high, reached = (
        CategoryFactory(code=code, target=target, asked_for_by=grace)
        for code, target in (("N", None), ("L", 5), ("H", 40), ("R", 4))
    )
    counts = dict.fromkeys((none.pk, low.pk, high.pk, reached.pk), 4)
    everything = Category.objects.select_related("asked_for_by")
    assert as_examples(everything, counts) == {none.pk: 4, low.pk: 8, high.pk: 1}
    asked = names_of_asked(everything, counts)
    assert asked == dict.fromkeys((none.pk, low.pk, high.pk), "grace")
