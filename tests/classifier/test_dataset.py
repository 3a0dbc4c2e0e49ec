"""What counts as an answer when the classifier learns."""

from dataclasses import replace

import numpy as np
import pytest
from django.utils import timezone

from annotation.models import Category, Grant, Label, Taxonomy
from annotation.services.adjudication import Judgement, adjudicate
from annotation.services.decisions import withdraw_last
from annotation.services.sprints import decide
from classifier.dataset import audit_set, background, categories_of, training_set
from tests.classifier.conftest import ready_sprint
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    FacetFactory,
    GrantFactory,
    LabelFactory,
    SuggestionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def grant(categories):
    return GrantFactory(queued=True)


def answers(labelled, of=None):
    """{code: yes or no or None} of the only grant."""
    texts = categories_of(Taxonomy.objects.get()).texts
    assert len(labelled) == 1
    return {
        category.code: bool(labelled.y[0, i]) if labelled.known[0, i] else None
        for i, category in enumerate(texts)
    }


def weights(labelled):
    """{code: how much its answer counts} of the only grant, without what counts nothing."""
    texts = categories_of(Taxonomy.objects.get()).texts
    found = zip(texts, labelled.weights[0].tolist(), strict=True)
    return {category.code: weight for category, weight in found if weight}


def read():
    return training_set(categories_of(Taxonomy.objects.get()))


def sha256_of(labelled):
    return labelled.sha256(background())


def test_an_answered_facet_says_no_to_what_was_not_chosen(grant, annotate):
    annotate(grant, "ARTS")
    assert answers(read()) == {"ARTS": True, "SPORT": False, "GARDEN": False}


def test_none_fits_says_no_to_everything(grant, annotate):
    annotate(grant, outcome="none_fits")
    assert answers(read()) == {"ARTS": False, "SPORT": False, "GARDEN": False}


def test_not_enough_text_trains_nothing(grant, annotate):
    annotate(grant, outcome="not_enough_text")
    assert len(read()) == 0


def test_an_unanswered_facet_trains_only_its_rejections(categories, annotate):
    suggestion = SuggestionFactory(category=categories["SPORT"])
    annotate(suggestion.grant, outcome=None, rejected=["SPORT"])
    assert answers(read()) == {"ARTS": None, "SPORT": False, "GARDEN": None}


def test_another_facet_stays_unknown(grant, annotate):
    CategoryFactory(facet=FacetFactory(code="population"), code="OLD")
    annotate(grant, "ARTS")
    assert answers(read())["OLD"] is None


def test_a_withdrawn_annotation_counts_for_nothing(grant, annotate):
    annotator = UserFactory()
    annotate(grant, "ARTS", annotator=annotator)
    withdraw_last(annotator)
    assert len(read()) == 0


def test_several_annotations_of_one_grant_count_once(categories, annotate):
    grant = GrantFactory(queued=True, queued__n_required=3)
    for codes in (["ARTS"], ["ARTS", "SPORT"], ["ARTS"]):
        annotate(grant, *codes)
        grant.queue_item.refresh_from_db()
    labelled = read()
    assert answers(labelled) == {"ARTS": True, "SPORT": False, "GARDEN": False}
    assert len(labelled.annotation_ids) == 3


def test_adjudicated_stands_above_annotated_above_imported(grant, categories, annotate):
    LabelFactory(grant=grant, category=categories["GARDEN"])
    assert answers(read())["GARDEN"] is True
    annotate(grant, "SPORT")
    assert answers(read()) == {"ARTS": False, "SPORT": True, "GARDEN": False}
    LabelFactory(
        grant=grant, category=categories["ARTS"], source=Label.Source.ADJUDICATED, import_run=None
    )
    assert answers(read()) == {"ARTS": True, "SPORT": False, "GARDEN": False}


def test_what_is_adjudicated_in_one_facet_leaves_the_others_as_they_were_agreed(grant, annotate):
    other = CategoryFactory(facet=FacetFactory(code="population"), code="OLD")
    annotate(grant, "ARTS")
    LabelFactory(grant=grant, category=other, source=Label.Source.ADJUDICATED, import_run=None)
    found = answers(read())
    assert found == {"ARTS": True, "SPORT": False, "GARDEN": False, "OLD": True}


def test_an_imported_label_stands_where_the_annotator_left_the_facet_unanswered(
    grant, categories, annotate
):
    LabelFactory(grant=grant, category=categories["GARDEN"])
    annotate(grant, outcome=None)
    assert answers(read()) == {"ARTS": False, "SPORT": False, "GARDEN": True}


def test_an_imported_label_falls_silent_where_the_annotator_found_too_little_text(
    grant, categories, annotate
):
    LabelFactory(grant=grant, category=categories["GARDEN"])
    annotate(grant, outcome="not_enough_text")
    assert len(read()) == 0


def test_too_little_text_silences_rejections_too(categories, annotate):
    suggestion = SuggestionFactory(category=categories["SPORT"])
    annotate(suggestion.grant, outcome="not_enough_text", rejected=["SPORT"])
    assert len(read()) == 0


def test_rejected_left_and_unseen_count_differently(categories, annotate):
    grant = SuggestionFactory(category=categories["SPORT"]).grant
    SuggestionFactory(category=categories["GARDEN"], grant=grant)
    CategoryFactory(facet=categories["SPORT"].facet, code="UNSEEN")
    annotate(grant, "ARTS", rejected=["SPORT"])
    labelled = read()
    assert weights(labelled) == pytest.approx(
        {"ARTS": 1.0, "SPORT": 1.0, "GARDEN": 0.5, "UNSEEN": 0.9}
    )
    assert (labelled.known == (labelled.weights > 0)).all()


def test_what_a_file_does_not_name_counts_in_full(grant, categories):
    LabelFactory(grant=grant, category=categories["GARDEN"])
    assert weights(read()) == {"ARTS": 1.0, "SPORT": 1.0, "GARDEN": 1.0}


def test_what_is_left_in_an_unanswered_facet_says_nothing(categories, annotate):
    grant = SuggestionFactory(category=categories["SPORT"]).grant
    SuggestionFactory(category=categories["GARDEN"], grant=grant)
    annotate(grant, outcome=None, rejected=["SPORT"])
    assert weights(read()) == {"SPORT": 1.0}


def test_several_annotators_together_count_as_one_and_less_where_they_differ(categories, annotate):
    grant = GrantFactory(queued=True, queued__n_required=3)
    for codes in (["ARTS"], ["ARTS", "SPORT"], ["GARDEN"]):
        annotate(grant, *codes)
        grant.queue_item.refresh_from_db()
    labelled = read()
    assert answers(labelled) == {"ARTS": True, "SPORT": False, "GARDEN": False}
    assert weights(labelled) == pytest.approx({"ARTS": 2 / 3, "SPORT": 0.6, "GARDEN": 0.6})
    assert (labelled.weights <= 1).all()


def test_a_merged_category_teaches_the_one_that_stands_for_it(grant, categories, annotate):
    annotate(grant, "SPORT")
    middle = CategoryFactory(
        facet=categories["ARTS"].facet, code="PLAY", retired_at=timezone.now(),
        merged_into=categories["ARTS"],
    )  # fmt: skip
    Category.objects.filter(code="SPORT").update(retired_at=timezone.now(), merged_into=middle)
    assert answers(read()) == {"ARTS": True, "GARDEN": False}


def test_a_label_of_a_merged_category_teaches_too(grant, categories):
    LabelFactory(grant=grant, category=categories["SPORT"])
    Category.objects.filter(code="SPORT").update(
        retired_at=timezone.now(), merged_into=categories["ARTS"]
    )
    assert answers(read()) == {"ARTS": True, "GARDEN": False}


def test_a_category_retired_for_nothing_teaches_nothing(grant, categories, annotate):
    annotate(grant, "SPORT")
    Category.objects.filter(code="SPORT").update(retired_at=timezone.now())
    assert answers(read()) == {"ARTS": False, "GARDEN": False}


def test_audit_grants_never_train(categories):
    LabelFactory(grant=GrantFactory(stream="audit"), category=categories["ARTS"])
    assert len(read()) == 0
    assert len(audit_set(categories_of(Taxonomy.objects.get()))) == 1


def test_actively_chosen_grants_do_not_tune(categories, annotate):
    for stream in ("random", "least_confident"):
        annotate(GrantFactory(queued=True, queued__stream=stream), "ARTS")
    assert read().tune.tolist() == [True, False]


def test_indicators_are_of_64_bits(labelled_grants):
    assert read().y.dtype == np.int64


def test_a_grant_without_any_text_trains_nothing(categories):
    LabelFactory(grant=GrantFactory(title="", description=""), category=categories["ARTS"])
    assert len(read()) == 0


@pytest.mark.parametrize("flags", [["short"], ["empty"], ["short", "duplicate"]])
def test_a_grant_that_says_nothing_trains_nothing_and_is_measured_on(categories, flags):
    for stream in ("pool", "audit"):
        grant = GrantFactory(title="Bus hire", description="", stream=stream, quality_flags=flags)
        LabelFactory(grant=grant, category=categories["ARTS"])
    labelled = read()
    assert (labelled.grant_ids, labelled.label_ids) == ([], [])
    assert len(audit_set(categories_of(Taxonomy.objects.get()))) == 1


@pytest.mark.parametrize("flag", ["capitals", "duplicate", "not_english", "contact"])
def test_other_flags_keep_no_grant_out_of_training(categories, flag):
    LabelFactory(grant=GrantFactory(quality_flags=[flag]), category=categories["ARTS"])
    assert len(read()) == 1


def test_which_flags_keep_a_grant_out_can_be_set(categories, annotate, settings):
    short = GrantFactory(quality_flags=["short"], queued=True)
    foreign = GrantFactory(quality_flags=["not_english"], queued=True)
    spoken = {grant.pk: annotate(grant, "ARTS").pk for grant in (short, foreign)}
    settings.CLASSIE_UNTAUGHT_FLAGS = ["not_english"]
    labelled = read()
    assert labelled.grant_ids == [short.pk]
    assert labelled.annotation_ids == [spoken[short.pk]]


def test_the_snapshot_s_hash_tells_answers_apart(labelled_grants, categories):
    before = sha256_of(read())
    assert before == sha256_of(read())
    Label.objects.filter(grant=labelled_grants[0]).update(category=categories["SPORT"])
    assert before != sha256_of(read())


def test_the_snapshot_s_hash_tells_weights_apart(categories, annotate):
    suggestion = SuggestionFactory(category=categories["SPORT"])
    annotate(suggestion.grant, "ARTS", rejected=["SPORT"])
    rejected = read()
    assert sha256_of(rejected) != sha256_of(replace(rejected, weights=rejected.weights / 2))


def test_the_snapshot_s_hash_tells_apart_whatever_else_is_learned_from(labelled_grants):
    before, found = read(), sha256_of(read())
    others = [
        replace(before, tune=~before.tune),
        replace(before, corpus=replace(before.corpus, recipients=["one"] * len(before))),
        replace(before, corpus=replace(before.corpus, batches=["one"] * len(before))),
        replace(before, known=before.known & (before.y > 0)),
    ]
    assert len({found, *map(sha256_of, others)}) == 5
    GrantFactory()  # one more text that tells how common words are
    assert sha256_of(before) != found


def test_what_a_sprint_and_a_judge_have_decided_is_named(categories, annotate):
    asked, judged = GrantFactory(), GrantFactory(queued=True, queued__n_required=2)
    sprint = ready_sprint(categories["SPORT"], asked)
    said = decide(UserFactory(), sprint.grants.get(), "yes")
    for code in ("ARTS", "GARDEN"):
        annotate(judged, code)
        judged.queue_item.refresh_from_db()
    seen = [annotation.pk for annotation in judged.annotations.all()]
    ruling = adjudicate(
        AdministratorFactory(),
        judged,
        Judgement(frozenset({"ARTS"}), frozenset({"GARDEN"})),
        seen=seen,
    )
    labelled = read()
    assert labelled.grant_ids == [asked.pk, judged.pk]
    assert labelled.sprint_decision_ids == [said.pk]
    assert labelled.adjudication_ids == [ruling.pk]


def test_a_grant_that_a_sprint_asked_about_is_no_random_one(categories, annotate):
    """Were it annotated from the random stream ten times: the strategy chose it as well."""
    other = CategoryFactory(facet=FacetFactory(code="population"), code="OLD")
    asked, drawn = (GrantFactory(queued=True, queued__stream="random") for _ in range(2))
    for grant in (asked, drawn):
        annotate(grant, "ARTS")
    sprint = ready_sprint(other, asked)
    decide(UserFactory(), sprint.grants.get(), "yes")
    labelled = read()
    assert labelled.grant_ids == [asked.pk, drawn.pk]
    assert labelled.tune.tolist() == [False, True]


def test_the_texts_of_audit_grants_are_not_even_background(categories):
    GrantFactory(title="Choir of the harbour")
    GrantFactory(title="Zebedee", stream=Grant.Stream.AUDIT)
    assert [text.split("\n")[0] for text in background().texts] == ["Choir of the harbour"]


def test_what_an_audit_grant_says_changes_no_training(grant, annotate):
    annotate(grant, "ARTS")
    before = sha256_of(read())
    GrantFactory(title="Zebedee", stream=Grant.Stream.AUDIT)
    assert sha256_of(read()) == before
