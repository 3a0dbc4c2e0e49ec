"""What a keyword rule finds: its figures counted a second way, its samples, where it is mute."""

import pytest

from annotation.models import Category, Decision, Grant, Label
from annotation.patterns import Rule
from annotation.reports import known_answers as answers_module
from annotation.reports import rule_preview
from annotation.reports.known_answers import known_answers, spread, ticks_seen
from annotation.reports.rule_preview import TooSlow, preview_rule
from annotation.reports.shares import share
from annotation.services.decisions import FacetAnswer, submit_annotation
from annotation.services.queue import claim_next_grant
from classifier.dataset import categories_of, training_set
from tests.annotation import random_site
from tests.factories import (
    CategoryFactory,
    FacetFactory,
    GrantFactory,
    LabelFactory,
    SuggestionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
NOTHING = Rule("", "")


@pytest.fixture
def swim():
    facet = FacetFactory()
    CategoryFactory(facet=facet, code="ROW")
    return CategoryFactory(facet=facet, code="SWIM", label="Swimming")


def labelled(category, n, description, **facts):
    """Grants that came with a category."""
    return [
        LabelFactory(category=category, grant=GrantFactory(description=description, **facts)).grant
        for _ in range(n)
    ]


@pytest.fixture
def grants(swim):
    """Twelve swim and say so, four swim and do not, three only say so, and twenty row."""
    row = Category.objects.get(code="ROW")
    return {
        "right": labelled(swim, 12, "We swim."),
        "missed": labelled(swim, 4, "We dive."),
        "wrong": labelled(row, 3, "We swim in money."),
        "other": labelled(row, 20, "We row."),
    }


def keys(hits):
    return {hit.grant.pk for hit in hits}


def test_precision_and_recall_are_those_of_a_count_by_hand(swim, grants):
    found = preview_rule(swim, Rule("swim", ""), NOTHING)
    assert found.figures.n_hits == 15
    assert found.figures.precision.value == pytest.approx(12 / 15)
    assert found.figures.recall.value == pytest.approx(12 / 16)
    assert (found.n_labelled, found.n_labelled_read) == (39, 39)
    assert (found.n_gained, found.n_lost, found.stored.n_hits) == (15, 0, 0)
    assert keys(found.wrong) == {g.pk for g in grants["wrong"]}
    assert keys(found.missed) < {g.pk for g in grants["missed"]}
    assert keys(found.right) < {g.pk for g in grants["right"]}
    assert len(found.right) == rule_preview.SHOWN


def test_changes_are_told_against_the_stored_rule(swim, grants):
    found = preview_rule(swim, Rule("swim|dive", "money"), Rule("swim", ""))
    assert (found.n_gained, found.n_lost) == (4, 3)
    assert keys(found.gained) < {g.pk for g in grants["missed"]}
    assert keys(found.lost) == {g.pk for g in grants["wrong"]}
    assert found.figures.precision.value == found.figures.recall.value == 1.0
    marked = [p.text for p in found.lost[0].passages if p.is_found]
    assert marked == ["swim"]


def test_a_sample_is_weighed_so_that_precision_stays_what_it_is(swim, grants, monkeypatch):
    monkeypatch.setattr(rule_preview, "MOST_WITHOUT", 10)
    found = preview_rule(swim, Rule("swim", ""), NOTHING)
    assert (found.n_labelled, found.n_labelled_read) == (39, 26)
    n_wrong = found.figures.n_hits - 12
    assert found.figures.precision.value == pytest.approx(12 / (12 + 2.3 * n_wrong))
    assert found.figures.recall.value == pytest.approx(12 / 16)


@pytest.mark.parametrize("seed", range(3))
def test_who_has_a_category_is_what_the_training_takes_it_to_be(seed):
    random_site.build(seed)
    n_compared = 0
    taxonomy = Category.objects.current().first().taxonomy
    categories = categories_of(taxonomy)
    training = training_set(categories)
    for column, pk in enumerate(categories.ids):
        with_it, without = known_answers(Category.objects.get(pk=pk), 1_000, 1_000)
        trained = {
            grant: bool(training.y[row, column])
            for row, grant in enumerate(training.grant_ids)
            if training.known[row, column]
        }
        assert with_it.answers | without.answers == trained
        n_compared += len(trained)
    assert n_compared > 10


def test_audit_grants_are_neither_counted_nor_shown(swim):
    labelled(swim, 2, "We swim.", stream=Grant.Stream.AUDIT)
    GrantFactory(description="We swim too.", stream=Grant.Stream.AUDIT)
    found = preview_rule(swim, Rule("swim", ""), NOTHING)
    assert (found.n_labelled, found.figures.n_hits) == (0, 0)
    assert found.right == found.unlabelled == found.gained == []
    assert found.n_found == 3


def test_a_grant_that_waits_to_be_decided_blind_is_not_shown(swim):
    blind = GrantFactory(description="We swim.", queued=True, queued__is_blind=True)
    shown = GrantFactory(description="We swim.", queued=True)
    found = preview_rule(swim, Rule("swim", ""), NOTHING)
    assert keys(found.unlabelled) == {shown.pk}
    assert blind.pk not in keys(found.gained)


def test_a_rule_is_mute_where_it_hits_over_half_of_fifty_texts(swim):
    for programme, n, n_hits in (("Pools", 50, 26), ("Half", 50, 25), ("Small", 49, 49)):
        for number in range(n):
            words = "We swim." if number < n_hits else "We row."
            GrantFactory(programme=programme, description=words)
    found = preview_rule(swim, Rule("swim", ""), NOTHING)
    assert [(m.batch, m.n_hits, m.n_texts) for m in found.mutes] == [("Pools", 26, 50)]
    assert not found.hits_everything


def test_a_rule_that_hits_every_text_is_told(swim):
    GrantFactory.create_batch(50)
    assert preview_rule(swim, Rule(".", ""), NOTHING).hits_everything


def test_a_slow_rule_is_stopped_and_says_how_far_it_came(swim, monkeypatch):
    GrantFactory.create_batch(3, description="a" * 1_000)
    monkeypatch.setattr(rule_preview, "SECONDS", -1.0)
    with pytest.raises(TooSlow, match="It read 0 of 3 texts"):
        preview_rule(swim, Rule("a", ""), NOTHING)


def test_the_models_ticks_are_those_that_people_saw(swim):
    """Two were ticked, one of them rightly; one was given that had not been ticked."""
    for ticked, verdict in ((True, "accepted"), (True, "rejected"), (False, "accepted")):
        grant = GrantFactory(queued=True)
        SuggestionFactory(grant=grant, category=swim, is_ticked=ticked)
        annotator = UserFactory()
        claim = claim_next_grant(annotator)
        submit_annotation(
            annotator,
            claim.token,
            {"subject": FacetAnswer("labelled", **{verdict: (swim.code,)}, added=added(verdict))},
            idempotency_key=str(grant.pk),
        )
    assert Decision.objects.filter(category=swim).count() == 3
    assert ticks_seen(swim) == (2, 1, 2)


def added(verdict):
    """A facet that is labelled needs a category."""
    return ("ROW",) if verdict == "rejected" else ()


def test_of_many_texts_some_are_read_evenly_spread(swim, grants, monkeypatch):
    monkeypatch.setattr(rule_preview, "MOST_TEXTS", 13)
    found = preview_rule(swim, Rule("swim", ""), NOTHING)
    assert (found.n_texts_read, found.n_texts) == (13, 39)
    assert found.n_found == 5  # every third: four of the first twelve, one of the three
    assert spread(range(10), 4) == [0, 2, 5, 7]
    assert spread([], 4) == []
    assert spread([1, 2], 4) == [1, 2]


def test_the_interval_is_wilsons():
    half = share(0.5, 10)
    assert half.low == pytest.approx(0.2366, abs=1e-4)
    assert half.high == pytest.approx(0.7634, abs=1e-4)
    assert share(1.0, 10).high == pytest.approx(1.0)
    assert share(1.0, 10).low == pytest.approx(0.7225, abs=1e-4)
    assert (share(0.0, 0).low, share(0.0, 0).high) == (0.0, 1.0)
    assert share(0.3, 9).is_too_few
    assert not share(0.3, 10).is_too_few


def test_its_queries_are_bounded(swim, grants, django_assert_max_num_queries):
    with django_assert_max_num_queries(28):
        preview_rule(swim, Rule("swim", ""), NOTHING)
    labelled(swim, 30, "We swim.")
    with django_assert_max_num_queries(28):
        preview_rule(swim, Rule("swim", ""), NOTHING)


def test_labels_of_applicants_are_no_answers(swim):
    LabelFactory(category=swim, source=Label.Source.APPLICANT, grant__description="We swim.")
    assert preview_rule(swim, Rule("swim", ""), NOTHING).n_labelled == 0
    assert answers_module.answers_of(swim, []) == {}
