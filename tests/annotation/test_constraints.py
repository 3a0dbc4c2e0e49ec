"""The rules that the database keeps by itself: each broken once, past all services."""

from collections.abc import Callable
from datetime import date

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.models import CheckConstraint
from django.utils import timezone

from annotation.models import (
    Adjudication,
    Annotation,
    BackendComparison,
    Category,
    CategoryRollup,
    CoverageNight,
    Decision,
    FacetRuling,
    GrantRollup,
    Heartbeat,
    KeyChoice,
    Label,
    LabelCheck,
    MeasuredBackend,
    ModelVersion,
    Note,
    Notice,
    Outcome,
    Outlook,
    QueueItem,
    QueueOrder,
    ReplacedLabel,
    Ruling,
    SagemakerAccount,
    SagemakerJob,
    SentenceVector,
    SimulatedCurve,
    SimulationRun,
    SiteSettings,
    Skip,
    Sprint,
    SprintDecision,
    SprintGrant,
    StoredReport,
    Taxonomy,
    TextPair,
    UndoneSkip,
)
from annotation.models.setting_limits import LIMITS
from tests.annotation import broken_plants
from tests.factories import (
    CategoryFactory,
    FacetFactory,
    GrantFactory,
    ImportRunFactory,
    LabelFactory,
    ModelVersionFactory,
    SuggestionFactory,
    TaxonomyFactory,
    UserFactory,
    decide,
)

pytestmark = pytest.mark.django_db


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


def revision(**facts):
    blind = annotation(is_blind=True)
    own = {"grant": blind.grant, "annotator": blind.annotator, "idempotency_key": "revision"}
    return annotation(revises=blind, **own, **facts)


def notice(**facts):
    base = {"kind": "disk", "cause": "low", "words": "It is full.", "what_to_do": "Make room."}
    return Notice.objects.create(**base | facts)


def note(kind="flag"):
    return Note.objects.create(grant=GrantFactory(), author=UserFactory(), kind=kind)


def key_choice():
    return KeyChoice.objects.create(user=UserFactory(), deed="undo", key="z")


def label_check(**facts):
    row = {"grant": GrantFactory(), "category": CategoryFactory(), "asked_by": UserFactory()}
    return LabelCheck.objects.create(**({"was_given": True, "proba": 0.1} | row | facts))


def decision(**facts):
    return Decision.objects.create(annotation=annotation(), category=CategoryFactory(), **facts)


def point_at_itself(field):
    CategoryFactory(pk=7)
    Category.objects.update(**{field: 7}, retired_at=timezone.now())


def version(**facts):
    taxonomy = CategoryFactory().taxonomy
    return ModelVersion.objects.create(**({"taxonomy": taxonomy, "status": "failed"} | facts))


def refresh(**facts):
    """One in use, of a parent that is active; it needs the guard of the parent to pass."""
    parent = version(status="active", activated_at=timezone.now(), **ARTIFACT)
    own = {"kind": "refresh", "parent": parent, "status": "in_use"} | ARTIFACT
    return version(**(own | facts))


ARTIFACT = {"artifact_sha256": "a" * 64}


def outlook(**facts):
    row = {"measure": "micro_f1", "kind": "audit", "n_labels": 9, "n_measured": 50}
    row |= {"model_version": version(), "score": 0.5, "low": 0.4, "high": 0.6}
    return Outlook.objects.create(**(row | facts))


def alike(**facts):
    row = {"text_key": "a", "other_key": "b", "similarity": 0.9}
    return TextPair.objects.create(**(row | facts))


def adjudication():
    release = CategoryFactory().taxonomy.release
    return Adjudication.objects.create(
        grant=GrantFactory(), adjudicator=UserFactory(), taxonomy_release=release
    )


def replaced_label(is_own=False, source="imported"):
    label, run = LabelFactory(), ImportRunFactory()
    return ReplacedLabel.objects.create(
        grant=label.grant,
        category=label.category,
        source=source,
        import_run=run if is_own else label.import_run,
        replaced_by=run,
    )


def sprint_grant():
    sprint = Sprint.objects.create(
        category=CategoryFactory(), started_by=UserFactory(), status="ready"
    )
    return SprintGrant.objects.create(
        sprint=sprint, grant=GrantFactory(), position=1, source="model", score=0.5
    )


def sprint_decision(**facts):
    return SprintDecision.objects.create(
        sprint_grant=sprint_grant(), annotator=UserFactory(), verdict="yes", **facts
    )


def simulation(**facts):
    numbers = {"n_seeds": 1, "start": 5, "batch": 5, "budget": 20, "n_grants": 0}
    row = {
        "taxonomy": CategoryFactory().taxonomy, "requested_by": UserFactory(), **numbers,
        "strategies": ["random"], "n_categories": 0,
    }  # fmt: skip
    return SimulationRun.objects.create(**(row | facts))


def curve(**facts):
    return SimulatedCurve.objects.create(
        simulation=simulation(), strategy="random", seed=0, position=0, **facts
    )


def backends_compared(**facts):
    row = {"texts_a_month": 1, "trainings_a_month": 1, "requested_by": UserFactory()}
    taxonomy = CategoryFactory().taxonomy
    return BackendComparison.objects.create(taxonomy=taxonomy, **(row | facts))


def backend(**facts):
    return MeasuredBackend.objects.create(
        comparison=backends_compared(), name="sgd", position=0, **facts
    )


def report(**facts):
    return StoredReport.objects.create(**{"question": "drift"} | facts)


def aws(**facts):
    return SagemakerAccount.objects.create(**facts)


def aws_job(name):
    now = timezone.now()
    return SagemakerJob.objects.create(name=name, opened_at=now, look_at=now)


BROKEN: dict[str, Callable[[], object]] = {
    "annotators_are_not_staff": lambda: UserFactory(is_staff=True),
    "one_current_taxonomy": lambda: [Taxonomy.objects.create(is_current=True) for _ in "ab"],
    "one_release_a_number": lambda: again(CategoryFactory().taxonomy.release),
    "one_facet_a_code": lambda: again(CategoryFactory().facet, label="Another"),
    "one_category_a_code": lambda: again(CategoryFactory(), label="Another"),
    "category_is_not_its_own_broader": lambda: point_at_itself("broader"),
    "category_is_not_merged_into_itself": lambda: point_at_itself("merged_into"),
    "a_merged_category_is_retired": lambda: CategoryFactory(merged_into=CategoryFactory()),
    "inclusion_probability_is_a_probability": lambda: GrantFactory(inclusion_probability=0),
    "an_amount_has_a_currency": lambda: GrantFactory(amount_awarded=100, currency=""),
    "one_label_per_category_and_source": lambda: again(
        LabelFactory(), import_run=ImportRunFactory()
    ),
    "an_imported_label_names_its_import": lambda: LabelFactory(import_run=None),
    "an_import_replaces_a_label_once": lambda: again(
        replaced_label(), import_run=ImportRunFactory()
    ),
    "an_import_replaces_another_s_label": lambda: replaced_label(is_own=True),
    "an_import_replaces_only_what_files_brought": lambda: replaced_label(source="adjudicated"),
    "one_suggestion_per_category": lambda: again(SuggestionFactory(), rank=2),
    "score_is_a_probability": lambda: SuggestionFactory(score=1.0001),
    "at_most_ten_suggestions_a_facet": lambda: SuggestionFactory(rank=11),
    "one_active_model_version": lambda: again(
        ModelVersionFactory(), kind="trained", artifact_sha256="0" * 64
    ),
    "one_lexical_matcher": lambda: again(ModelVersionFactory(), status="retired"),
    "one_uploaded_file_imported_at_a_time": lambda: again(
        ImportRunFactory(state="importing", upload_size=1)
    ),
    "one_training_at_a_time": lambda: again(version(status="training")),
    "one_request_waits": lambda: again(version(status="requested")),
    "one_nightly_training_a_date": lambda: again(
        version(for_date=date(2025, 3, 14)), status="cancelled"
    ),
    "sagemaker_account_is_one_row": lambda: aws(id=2),
    "sagemaker_training_has_a_limit": lambda: aws(limit_minutes=181),
    "a_training_set_has_a_known_form": lambda: aws(training_form="recordio"),
    "sagemaker_price_is_above_nothing": lambda: aws(price_an_hour=0),
    "sagemaker_agreement_says_who_and_when": lambda: aws(agreed_to="Texts go."),
    "an_active_model_version_has_an_artifact": lambda: version(status="active"),
    "a_model_version_has_a_backend": lambda: version(backend=""),
    "progress_is_a_share": lambda: version(progress=1.5),
    "a_claim_has_owner_deadline_and_token": lambda: GrantFactory(
        queued=True, queued__claimed_by=UserFactory()
    ),
    "a_label_in_doubt_is_checked_once": lambda: again(label_check()),
    "a_check_taken_back_names_who_did_it": lambda: label_check(taken_back_at=timezone.now()),
    "a_doubt_has_a_probability": lambda: label_check(proba=1.1),
    "no_more_annotations_than_required": lambda: GrantFactory(
        queued=True, queued__n_done=2, queued__is_open=False
    ),
    "open_while_annotations_are_missing": lambda: GrantFactory(queued=True, queued__is_open=False),
    "a_target_is_a_number_that_can_be_reached": lambda: CategoryFactory(target=10_001),
    "the_queue_has_one_order": lambda: QueueOrder.objects.create(pk=2),
    "what_it_covers_has_a_probability": lambda: GrantFactory(
        queued=True, queued__covers=CategoryFactory(), queued__covers_score=1.5
    ),
    "one_row_per_pair_of_texts": lambda: again(alike()),
    "a_text_is_not_its_own_look_alike": lambda: alike(other_key="a"),
    "similarity_is_a_share": lambda: alike(similarity=1.5),
    "a_sentence_vector_is_whole": lambda: SentenceVector.objects.create(
        grant=GrantFactory(), encoder="one", text_sha256="0" * 64, numbers=b"\0" * 767
    ),
    "one_skip_per_annotator": lambda: again(
        Skip.objects.create(grant=GrantFactory(), annotator=UserFactory(), reason="other")
    ),
    "one_chain_of_annotations_per_annotator": lambda: again(
        annotation(), idempotency_key="another key"
    ),
    "one_annotation_per_key": lambda: again(annotation(), grant=GrantFactory()),
    "a_blind_annotation_saw_no_model_version": lambda: annotation(
        is_blind=True, model_version=version()
    ),
    "a_withdrawal_supersedes": lambda: annotation(is_withdrawal=True),
    "one_chain_of_revisions": lambda: again(revision(), idempotency_key="another key"),
    "a_revision_saw_suggestions": lambda: revision(is_blind=True),
    "one_undone_skip_per_key": lambda: again(
        UndoneSkip.objects.create(
            grant=GrantFactory(), annotator=UserFactory(), idempotency_key="once"
        )
    ),
    "one_flag_per_person": lambda: again(note()),
    "a_comment_has_text": lambda: note(kind="comment"),
    "one_standing_notice_a_cause": lambda: again(notice(), words="It is fuller."),
    "the_name_of_a_heartbeat_is_known": lambda: Heartbeat.objects.create(
        name="rumour", heard_at=timezone.now()
    ),
    "the_kind_of_a_notice_is_known": lambda: notice(kind="rumour"),
    "a_notice_says_what_to_do": lambda: notice(what_to_do=""),
    "a_dismissed_notice_names_who_did_it": lambda: notice(dismissed_at=timezone.now()),
    "a_notice_is_mailed_so_often": lambda: notice(mail_attempts=9),
    "one_key_a_deed": lambda: again(key_choice(), key="q"),
    "one_deed_a_key": lambda: again(key_choice(), deed="tree"),
    "one_outcome_a_facet": lambda: again(
        Outcome.objects.create(annotation=annotation(), facet=FacetFactory(), value="labelled"),
        value="none_fits",
    ),
    "one_decision_per_category": lambda: again(
        decision(verdict="added"), verdict="rejected", score=0.5, rank=1, was_ticked=True
    ),
    "only_what_was_shown_is_accepted_rejected_or_left": lambda: decision(verdict="accepted"),
    "one_chain_of_adjudications_a_grant": lambda: again(adjudication()),
    "one_ruling_a_category": lambda: again(
        Ruling.objects.create(
            adjudication=adjudication(), category=CategoryFactory(code="X"), is_in=True
        ),
        is_in=False,
    ),
    "one_ruling_a_facet": lambda: again(
        FacetRuling.objects.create(
            adjudication=adjudication(), facet=FacetFactory(), value="labelled"
        ),
        value="none_fits",
    ),
    "one_open_sprint_a_category": lambda: again(sprint_grant().sprint, status="requested"),
    "a_sprint_asks_once": lambda: again(sprint_grant(), position=2),
    "one_grant_a_position": lambda: again(sprint_grant(), grant=GrantFactory()),
    "one_chain_of_sprint_decisions_per_annotator": lambda: again(sprint_decision(), verdict="no"),
    "a_sprint_withdrawal_supersedes": lambda: sprint_decision(is_withdrawal=True),
    "a_refresh_and_nothing_else_has_a_parent": lambda: version(parent=refresh()),
    "a_refresh_never_becomes_active": lambda: refresh(status="evaluated"),
    "only_a_refresh_serves_beside_another": lambda: version(status="in_use", **ARTIFACT),
    "a_refresh_in_use_has_an_artifact": lambda: refresh(artifact_sha256=""),
    "one_refresh_learns_at_a_time": lambda: again(refresh(status="training")),
    "learning_takes_time": lambda: refresh(cpu_seconds=-1.0),
    "what_stands_was_given_from_a_first_to_a_last": lambda: GrantRollup.objects.create(
        grant=GrantFactory(), given_last_at=timezone.now()
    ),
    "audit_hits_are_right_and_ticked": lambda: CategoryRollup.objects.create(
        category=CategoryFactory(), audit_hits=1
    ),
    "a_count_answers_what_was_asked": lambda: CoverageNight.objects.create(
        for_date=date(2026, 3, 14), n_answered=1
    ),
    "one_outlook_of_a_measure": lambda: again(outlook()),
    "one_outlook_of_a_category": lambda: again(outlook(measure="f1", category=CategoryFactory())),
    "a_category_has_an_f1_and_the_whole_its_means": lambda: outlook(measure="f1"),
    "a_score_and_its_interval_are_shares": lambda: outlook(score=None),
    "kappa_is_an_agreement": lambda: outlook(kappa=-2.0),
    "a_slope_has_an_interval_and_a_goal_has_a_slope": lambda: outlook(slope=0.1),
    "more_labels_lead_to_a_goal": lambda: outlook(more=100),
    "measured_on_audit_or_labelled": lambda: outlook(kind="guessed"),
    "one_simulation_at_a_time": lambda: again(simulation(), status="running"),
    "a_simulation_labels_grants": lambda: simulation(start=21),
    "a_simulation_has_some_runs_of_each": lambda: simulation(n_seeds=0),
    "a_simulation_that_is_over_has_ended": lambda: simulation(status="done"),
    "one_curve_a_strategy_and_seed": lambda: again(curve(), position=1),
    "a_curve_that_is_played_has_a_heartbeat": lambda: curve(status="playing"),
    "one_backend_comparison_at_a_time": lambda: again(backends_compared(), status="running"),
    "a_processor_costs_nothing_or_more": lambda: backends_compared(price_an_hour=-0.1),
    "a_backend_comparison_that_is_over_has_ended": lambda: backends_compared(status="done"),
    "a_comparison_measures_a_backend_once": lambda: again(backend(), position=1),
    "a_backend_that_is_measured_has_a_heartbeat": lambda: backend(
        status="measuring", taken_at=timezone.now()
    ),
    "only_a_comparison_has_a_subject": lambda: StoredReport.objects.create(
        question="drift", subject="12-14"
    ),
    "one_open_report_a_question": lambda: again(report(), status="running"),
    "one_nightly_report_a_date": lambda: again(
        report(for_date=date(2025, 3, 14)), status="done", ended_at=timezone.now()
    ),
    "a_report_that_is_over_has_ended": lambda: report(status="done"),
    "progress_of_a_report_is_a_share": lambda: report(progress=1.5),
    **broken_plants.BROKEN,
    "site_settings_are_one_row": lambda: SiteSettings.objects.create(pk=2),
    "ticking_is_tuned_or_fixed": lambda: decide(ticking="best"),
    "some_text_is_read": lambda: decide(text_fields=[]),
    "audit_drawing_is_uniform_or_by_amount": lambda: decide(audit_drawing="size"),
    "turns_of_the_queue_are_no_more_than_all": lambda: decide(random_share=0.9),
    **{
        # Shares from below: from above they would be more than all turns as well.
        f"{name}_is_within_limits": lambda name=name, bad=(low - 1 if unit == "%" else high + 1): (
            decide(**{name: bad})
        )
        for name, (low, high, unit) in LIMITS.items()
    },
}
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
        {"activated_at": None},
        {"kind": "lexical"},
        {"taxonomy": lambda: TaxonomyFactory(name="Another", is_current=False)},
    ],
)
def test_the_parent_of_a_refresh_is_a_gated_version_of_its_taxonomy(facts):
    parent = {"status": "retired", "activated_at": timezone.now(), **ARTIFACT} | facts
    parent = version(**{key: fact() if callable(fact) else fact for key, fact in parent.items()})
    facts = {"kind": "refresh", "status": "in_use", **ARTIFACT}
    with (
        pytest.raises(IntegrityError, match="a_refresh_has_a_gated_parent"),
        transaction.atomic(),
    ):
        version(parent=parent, **facts)
    good = refresh()
    with (
        pytest.raises(IntegrityError, match="a_refresh_has_a_gated_parent"),
        transaction.atomic(),
    ):
        ModelVersion.objects.filter(pk=good.pk).update(parent=parent)


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
        decision(**facts)


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
    with pytest.raises(IntegrityError):
        decision(verdict="added").category.delete()
