"""The rules that the database keeps by itself: each broken once, past all services."""

from collections.abc import Callable
from datetime import date

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.models import CheckConstraint
from django.utils import timezone

from annotation.models import (
    Annotation,
    Category,
    Decision,
    Facet,
    Label,
    ModelVersion,
    Outcome,
    QueueItem,
    Skip,
    Taxonomy,
)
from tests.factories import (
    CategoryFactory,
    GrantFactory,
    ImportRunFactory,
    LabelFactory,
    ModelVersionFactory,
    SuggestionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
BROKEN: dict[str, Callable[[], None]] = {}


def breaks(constraint):
    """Registers a function that breaks the constraint."""

    def register(function):
        BROKEN[constraint] = function
        return function

    return register


def again(row, **changes):
    """The same row once more, as another one."""
    row.pk = None
    row._state.adding = True
    for field, value in changes.items():
        setattr(row, field, value)
    row.save(force_insert=True)


def annotation(**facts):
    row = {
        "grant": GrantFactory(),
        "annotator": UserFactory(),
        "taxonomy_release": CategoryFactory().taxonomy.release,
        "idempotency_key": "key",
    }
    return Annotation.objects.create(**(row | facts))


def version(**facts):
    taxonomy = CategoryFactory().taxonomy
    return ModelVersion.objects.create(**({"taxonomy": taxonomy, "status": "failed"} | facts))


@breaks("annotators_are_not_staff")
def _():
    UserFactory(is_staff=True)


@breaks("one_current_taxonomy")
def _():
    for name in "ab":
        Taxonomy.objects.create(name=name, is_current=True)


@breaks("one_release_a_number")
def _():
    again(CategoryFactory().taxonomy.release)


@breaks("one_facet_a_code")
def _():
    again(CategoryFactory().facet, label="Another")


@breaks("one_category_a_code")
def _():
    again(CategoryFactory(), label="Another")


@breaks("category_is_not_its_own_broader")
def _():
    Category.objects.filter(pk=CategoryFactory(pk=7).pk).update(broader=7)


@breaks("category_is_not_merged_into_itself")
def _():
    CategoryFactory(pk=7)
    Category.objects.update(merged_into=7, retired_at=timezone.now())


@breaks("a_merged_category_is_retired")
def _():
    CategoryFactory(merged_into=CategoryFactory())


@breaks("inclusion_probability_is_a_probability")
def _():
    GrantFactory(inclusion_probability=0)


@breaks("an_amount_has_a_currency")
def _():
    GrantFactory(amount_awarded=100, currency="")


@breaks("one_label_per_category_and_source")
def _():
    again(LabelFactory(), import_run=ImportRunFactory())


@breaks("an_imported_label_names_its_import")
def _():
    LabelFactory(import_run=None)


@breaks("one_suggestion_per_category")
def _():
    again(SuggestionFactory(), rank=2)


@breaks("score_is_a_probability")
def _():
    SuggestionFactory(score=1.0001)


@breaks("at_most_ten_suggestions_a_facet")
def _():
    SuggestionFactory(rank=11)


@breaks("one_active_model_version")
def _():
    again(ModelVersionFactory(), kind="trained", artifact_sha256="0" * 64)


@breaks("one_lexical_matcher")
def _():
    again(ModelVersionFactory(), status="retired")


@breaks("one_training_at_a_time")
def _():
    again(version(status="training"))


@breaks("one_request_waits")
def _():
    again(version(status="requested"))


@breaks("one_nightly_training_a_date")
def _():
    again(version(for_date=date(2025, 3, 14)), status="active", artifact_sha256="0" * 64)


@breaks("an_active_model_version_has_an_artifact")
def _():
    version(status="active")


@breaks("progress_is_a_share")
def _():
    version(progress=1.5)


@breaks("a_claim_has_owner_deadline_and_token")
def _():
    GrantFactory(queued=True, queued__claimed_by=UserFactory())


@breaks("no_more_annotations_than_required")
def _():
    GrantFactory(queued=True, queued__n_done=2, queued__is_open=False)


@breaks("open_while_annotations_are_missing")
def _():
    GrantFactory(queued=True, queued__is_open=False)


@breaks("one_skip_per_annotator")
def _():
    again(Skip.objects.create(grant=GrantFactory(), annotator=UserFactory(), reason="other"))


@breaks("one_chain_of_annotations_per_annotator")
def _():
    again(annotation(), idempotency_key="another key")


@breaks("one_annotation_per_key")
def _():
    again(annotation(), grant=GrantFactory())


@breaks("a_blind_annotation_saw_no_model_version")
def _():
    annotation(is_blind=True, model_version=version())


@breaks("a_withdrawal_supersedes")
def _():
    annotation(is_withdrawal=True)


@breaks("one_outcome_a_facet")
def _():
    facet = Facet.objects.get_or_create(taxonomy=CategoryFactory().taxonomy, code="subject")[0]
    outcome = Outcome.objects.create(annotation=annotation(), facet=facet, value="labelled")
    again(outcome, value="none_fits")


@breaks("one_decision_per_category")
def _():
    decision = Decision.objects.create(
        annotation=annotation(), category=CategoryFactory(), verdict="added"
    )
    again(decision, verdict="rejected", score=0.5, rank=1, was_ticked=True)


@breaks("only_what_was_shown_is_accepted_rejected_or_left")
def _():
    Decision.objects.create(annotation=annotation(), category=CategoryFactory(), verdict="accepted")


CONSTRAINTS = {
    constraint.name: constraint
    for model in apps.get_app_config("annotation").get_models()
    for constraint in model._meta.constraints
}


def test_every_constraint_is_tried():
    assert BROKEN.keys() == CONSTRAINTS.keys()


@pytest.mark.parametrize("name", BROKEN)
def test_the_database_refuses(name):
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        BROKEN[name]()
    # SQLite names a broken check, and of a unique constraint only its columns.
    if connection.vendor == "postgresql" or isinstance(CONSTRAINTS[name], CheckConstraint):
        assert name in str(refusal.value)


@pytest.mark.parametrize(
    "facts",
    [
        {"verdict": "added", "score": 0.5},
        {"verdict": "added", "was_ticked": True},
        {"verdict": "left", "score": 0.5, "rank": 1},
        {"verdict": "unseen"},
    ],
)
def test_a_decision_copies_all_that_was_shown_or_nothing(facts):
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.create(annotation=annotation(), category=CategoryFactory(), **facts)


def test_a_second_answer_of_a_chain_is_no_second_chain():
    first = annotation()
    again(annotation(), supersedes=first, idempotency_key="another key", grant=first.grant)


def test_labels_of_different_sources_stand_side_by_side():
    label = LabelFactory()
    again(label, source=Label.Source.APPLICANT)
    assert Label.objects.count() == 2


def test_a_grant_stands_in_the_queue_once_and_has_one_reference():
    grant = GrantFactory(queued=True)
    for twice in (
        lambda: QueueItem.objects.create(grant=grant),
        lambda: GrantFactory(reference=grant.reference),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            twice()


def test_a_category_that_was_decided_on_cannot_be_deleted():
    decision = Decision.objects.create(
        annotation=annotation(), category=CategoryFactory(), verdict="added"
    )
    with pytest.raises(IntegrityError):
        decision.category.delete()
