"""What counts as an answer when the classifier learns."""

from dataclasses import replace

import numpy as np
import pytest
from django.utils import timezone

from annotation.models import Category, Label, Taxonomy
from annotation.services.decisions import withdraw_last
from classifier.dataset import audit_set, categories_of, training_set
from tests.factories import (
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
    before = read().sha256()
    assert before == read().sha256()
    Label.objects.filter(grant=labelled_grants[0]).update(category=categories["SPORT"])
    assert before != read().sha256()


def test_the_snapshot_s_hash_tells_weights_apart(categories, annotate):
    suggestion = SuggestionFactory(category=categories["SPORT"])
    annotate(suggestion.grant, "ARTS", rejected=["SPORT"])
    rejected = read()
    assert rejected.sha256() != replace(rejected, weights=rejected.weights / 2).sha256()
