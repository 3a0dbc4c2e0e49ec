"""Many people at once: threads that start together, outside of a test's transaction.

SQLite runs them as well: there BEGIN IMMEDIATE does what row locks do on PostgreSQL.
"""

import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, time
from functools import partial
from threading import Barrier

import pytest
from django.db import connections

from annotation.errors import (
    AnnotationChanged,
    AnnotationError,
    ClaimLost,
    MergeRefused,
    NothingToUndo,
    SettingsChanged,
    TooManyClaims,
)
from annotation.models import (
    Annotation,
    AuditEvent,
    Category,
    Grant,
    ModelVersion,
    QueueItem,
    SiteSettings,
)
from annotation.services import leases
from annotation.services.changes import change_annotation
from annotation.services.decisions import FacetAnswer, submit_annotation, withdraw_last
from annotation.services.merge_categories import merge_category
from annotation.services.model_versions import promote, request_training
from annotation.services.nights import request_due_night
from annotation.services.queue import claim_next_grant, release_claim
from annotation.services.revisions import reveal, revise
from annotation.services.site_settings import change_settings
from annotation.services.trainings import take_training
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    FacetFactory,
    GrantFactory,
    LabelFactory,
    ModelVersionFactory,
    SuggestionFactory,
    UserFactory,
    decide,
)

pytestmark = pytest.mark.django_db(transaction=True)
NONE_FITS = {"subject": FacetAnswer("none_fits")}


def at_once(function, arguments):
    """Call the function for every argument in its own thread, all starting together."""
    arguments = list(arguments)
    barrier = Barrier(len(arguments))

    def call(argument):
        barrier.wait()
        try:
            return function(argument)
        except AnnotationError as error:
            return type(error)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(arguments)) as threads:
        return list(threads.map(call, arguments))


@pytest.fixture(autouse=True)
def facet():
    return FacetFactory()


def test_eight_annotators_get_eight_grants():
    GrantFactory.create_batch(8, queued=True)
    claims = at_once(claim_next_grant, UserFactory.create_batch(8))
    assert len({claim.grant.pk for claim in claims}) == 8


def test_of_eight_annotators_three_get_the_three_grants():
    GrantFactory.create_batch(3, queued=True)
    claims = [c for c in at_once(claim_next_grant, UserFactory.create_batch(8)) if c]
    assert len(claims) == len({claim.grant.pk for claim in claims}) == 3


def test_one_annotator_in_eight_windows_holds_one_grant():
    GrantFactory.create_batch(8, queued=True)
    claims = at_once(claim_next_grant, [UserFactory()] * 8)
    assert len({claim.token for claim in claims}) == 1
    assert QueueItem.objects.exclude(claim=None).count() == 1


def test_one_annotator_who_prefetches_in_eight_windows_holds_four_grants():
    GrantFactory.create_batch(8, queued=True)
    annotator = UserFactory()

    def prefetch(n):
        held = QueueItem.objects.filter(claimed_by=annotator).values_list("claim", flat=True)
        return claim_next_grant(annotator, set(held))

    for _ in range(4):
        at_once(prefetch, range(8))
    assert QueueItem.objects.exclude(claim=None).count() == 4
    assert set(at_once(prefetch, range(2))) == {TooManyClaims}


def test_eight_submits_with_one_key_make_one_annotation():
    GrantFactory(queued=True)
    annotator = UserFactory()
    token = claim_next_grant(annotator).token

    def submit(key):
        return submit_annotation(annotator, token, NONE_FITS, idempotency_key=key)

    submissions = at_once(submit, ["key"] * 8)
    assert len({s.annotation.pk for s in submissions}) == 1
    assert Counter(s.is_replay for s in submissions) == {False: 1, True: 7}
    assert Annotation.objects.count() == 1
    assert QueueItem.objects.get().n_done == 1


def test_of_eight_submits_with_eight_keys_one_is_stored():
    GrantFactory(queued=True)
    annotator = UserFactory()
    token = claim_next_grant(annotator).token

    def submit(key):
        return submit_annotation(annotator, token, NONE_FITS, idempotency_key=key)

    answers = at_once(submit, "abcdefgh")
    assert answers.count(ClaimLost) == 7
    assert Annotation.objects.count() == 1


def test_of_four_changes_of_one_reading_one_is_stored_and_the_others_are_told():
    GrantFactory(queued=True)
    ada = UserFactory()
    token = claim_next_grant(ada).token
    read = submit_annotation(ada, token, NONE_FITS, idempotency_key="first").annotation
    other = {"subject": FacetAnswer("not_enough_text")}

    def change(key):
        return change_annotation(ada, read.pk, other, expected={read.pk}, idempotency_key=key)

    results = at_once(change, ["a", "b", "c", "d"])
    assert results.count(AnnotationChanged) == 3
    assert Annotation.objects.count() == 2
    same = at_once(change, ["again"] * 2)
    assert same == [AnnotationChanged] * 2


def test_of_a_change_and_a_revision_at_once_one_is_refused():
    GrantFactory(queued=True)
    SuggestionFactory(grant=Grant.objects.get())
    QueueItem.objects.update(is_blind=True)
    ada = UserFactory()
    token = claim_next_grant(ada).token
    blind = submit_annotation(ada, token, NONE_FITS, idempotency_key="blind").annotation
    reveal(blind)
    deeds = [
        partial(revise, ada, blind.pk, NONE_FITS, expected={blind.pk}, idempotency_key="revision"),
        partial(
            change_annotation, ada, blind.pk, NONE_FITS, expected={blind.pk}, idempotency_key="c"
        ),
    ]
    results = at_once(lambda deed: deed(), deeds)
    n_revisions = Annotation.objects.filter(revises=blind).count()
    assert (n_revisions, results.count(AnnotationChanged)) == (1, 1)
    assert Annotation.objects.as_shown().count() == 1


def test_grants_that_want_two_annotations_get_two_from_two_people():
    GrantFactory.create_batch(4, queued=True, queued__n_required=2)

    def work(annotator):
        while claim := claim_next_grant(annotator):
            key = str(uuid.uuid4())
            submit_annotation(annotator, claim.token, NONE_FITS, idempotency_key=key)

    annotators = UserFactory.create_batch(4)
    at_once(work, annotators)
    at_once(work, annotators)  # what the last of the others held while one looked
    pairs = Annotation.objects.values_list("grant", "annotator")
    assert len(set(pairs)) == len(pairs) == 8
    assert set(QueueItem.objects.values_list("n_done", "is_open")) == {(2, False)}


def test_a_claim_is_either_submitted_or_given_back():
    GrantFactory.create_batch(6, queued=True)
    for annotator in UserFactory.create_batch(6):
        claim = claim_next_grant(annotator)
        deeds = [
            partial(submit_annotation, annotator, claim.token, {}, idempotency_key="key"),
            partial(release_claim, annotator, claim.token),
        ]
        stored, _ = at_once(lambda deed: deed(), deeds)
        item = QueueItem.objects.get(grant=claim.grant)
        assert item.claim is None
        assert item.n_done == claim.grant.annotations.count() == (stored is not ClaimLost)


def test_two_undos_at_once_take_back_two_answers():
    GrantFactory.create_batch(2, queued=True)
    annotator = UserFactory()
    for key in "ab":
        token = claim_next_grant(annotator).token
        submit_annotation(annotator, token, NONE_FITS, idempotency_key=key)
    reopened = at_once(withdraw_last, [annotator] * 3)
    assert reopened.count(NothingToUndo) == 1
    assert not Annotation.objects.current().exists()
    assert set(QueueItem.objects.values_list("n_done", "claimed_by")) == {(0, annotator.pk)}


def test_eight_requests_for_a_training_are_one():
    LabelFactory()
    requested = at_once(request_training, [None] * 8)
    assert len({version.pk for version in requested}) == 1
    assert ModelVersion.objects.count() == 1


def test_eight_beats_write_one_night():
    decide(night_starts_at=time(0))
    label = LabelFactory()
    taxonomy = label.category.taxonomy
    taxonomy.created_at = taxonomy.created_at.replace(year=2020)
    taxonomy.save()
    at_once(lambda _: request_due_night(), range(8))
    version = ModelVersion.objects.get()
    assert isinstance(version.for_date, date)


def test_of_eight_workers_one_takes_the_training():
    LabelFactory()
    request_training()
    taken = at_once(lambda _: take_training(), range(8))
    assert len([version for version in taken if version]) == 1
    assert ModelVersion.objects.get().attempt == 1


def test_two_promotions_at_once_leave_one_active():
    active = ModelVersionFactory()
    rivals = [
        ModelVersion.objects.create(
            taxonomy=active.taxonomy, status="rejected", artifact_sha256="0" * 64
        )
        for _ in range(4)
    ]
    administrator = AdministratorFactory()
    at_once(lambda version: promote(version, administrator, "better"), rivals)
    assert ModelVersion.objects.filter(status="active").count() == 1
    assert ModelVersion.objects.filter(status="retired").count() == 4


def test_of_eight_who_ask_one_gets_the_lease():
    holders = at_once(leases.take, ["scoring"] * 8)
    assert len([holder for holder in holders if holder]) == 1


def test_of_four_administrators_at_once_one_changes_the_settings():
    administrator = AdministratorFactory()
    saved = at_once(
        lambda goal: change_settings(administrator, 0, {"daily_goal": goal}), [41, 42, 43, 44]
    )
    assert saved.count(SettingsChanged) == 3
    assert SiteSettings.objects.get().revision == 1
    assert AuditEvent.objects.filter(action="setting changed").count() == 1


def test_of_two_mergings_each_into_the_other_one_is_refused():
    grace, (camps, outdoors) = AdministratorFactory(), CategoryFactory.create_batch(2)
    pairs = [(camps, outdoors), (outdoors, camps)]
    done = at_once(lambda pair: merge_category(*pair, grace), pairs)
    assert done.count(MergeRefused) == 1
    assert Category.objects.active().count() == 1
