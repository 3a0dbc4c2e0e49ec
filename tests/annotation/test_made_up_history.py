"""The past that ``python -m bench.history`` writes: rows as the services would have left them."""

from collections import Counter

import pytest
from django.db.models import Count, F

from annotation.models import Adjudication, Annotation, Decision, QueueItem, User
from annotation.reports.adjudication import case, differ
from bench.history import write_history
from classifier.ml.figures import wilson

pytestmark = pytest.mark.django_db
MANY = 200  # nothing here needs exact expectations


@pytest.fixture
def truth():
    return write_history(n_decisions=1_500, seed=3, many=MANY)


def test_the_rows_are_such_as_the_services_would_have_left(truth):
    assert 1_500 <= truth["n_decisions"] < 1_800
    _everything_shown_has_a_verdict()
    _the_queue_counts_what_stands()
    _who_was_adjudicated_differed()
    _nobody_decided_twice_and_only_the_blind_saw_nothing()
    _people_answer_as_they_were_set(truth)
    with pytest.raises(ValueError, match=r"holds 1 taxonomies and \d+ grants"):
        write_history(n_decisions=100, many=MANY)


def _everything_shown_has_a_verdict():
    shown = Annotation.objects.filter(is_withdrawal=False, is_blind=False, revises=None)
    for annotation in shown.prefetch_related("decisions", "grant__suggestions"):
        decided = {d.category_id: d for d in annotation.decisions.all()}
        for suggestion in annotation.grant.suggestions.all():
            decision = decided.pop(suggestion.category_id)
            assert (decision.score, decision.rank) == (suggestion.score, suggestion.rank)
            assert decision.was_ticked == suggestion.is_ticked
        assert {d.verdict for d in decided.values()} <= {Decision.Verdict.ADDED}


def _the_queue_counts_what_stands():
    stands = Counter(Annotation.objects.current().values_list("grant", flat=True))
    for item in QueueItem.objects.all():
        assert item.n_done == stands[item.grant_id]
        assert item.is_open == (item.n_done < item.n_required)


def _who_was_adjudicated_differed():
    assert Adjudication.objects.count() > 5
    for adjudication in Adjudication.objects.select_related("grant"):
        found = case(adjudication.grant)
        assert {v.annotation for v in found.voices} == set(adjudication.annotations.all())
        assert differ(found.voices)
        rulings = {r.category: r.is_in for r in adjudication.rulings.all()}
        assert all(row.category in rulings for facet in found.facets for row in facet.rows)


def _nobody_decided_twice_and_only_the_blind_saw_nothing():
    doubles = Annotation.objects.current().values("grant", "annotator").annotate(n=Count("pk"))
    assert not doubles.filter(n__gt=1).exists()
    seen = Annotation.objects.filter(is_blind=False, is_withdrawal=False)
    assert not seen.filter(model_version=None).exists()
    times = Annotation.objects.filter(supersedes=None, revises=None).order_by("pk")
    moments = list(times.values_list("submitted_at", flat=True))
    assert moments == sorted(moments)
    later = Annotation.objects.exclude(supersedes=None)
    assert not later.filter(submitted_at__lte=F("supersedes__submitted_at")).exists()


def _people_answer_as_they_were_set(truth):
    """Over all of them: eight shares of a few answers each would often miss by chance."""
    right = n = 0
    expected = 0.0
    for person in User.objects.filter(role=User.Role.ANNOTATOR):
        current = Annotation.objects.filter(annotator=person, revises=None, supersedes=None)
        for annotation in current.filter(is_blind=False).select_related("grant"):
            chosen = set(
                annotation.decisions.filter(verdict__in=["accepted", "added"]).values_list(
                    "category__code", flat=True
                )
            )
            true = truth["true"][annotation.grant.reference]
            for facet in annotation.outcomes.values_list("facet__code", flat=True):
                n += 1
                right += {c for c in chosen if c[0] == facet[0]} == set(true[facet])
                expected += truth["people"][person.username]["assisted_accuracy"]
    share = wilson(right, n)
    # Two intervals wide: what is expected is itself measured, on few grants here.
    assert abs(share.value - expected / n) < share.high - share.low
