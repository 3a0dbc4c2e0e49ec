"""On PostgreSQL, for real: what was given up for another transaction's sake is done once more."""

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg2
import pytest
from django.db import OperationalError, connection, connections, transaction

from annotation.database_faults import is_busy, is_passing
from annotation.models import Annotation, QueueItem, User
from annotation.services.decisions import FacetAnswer, submit_annotation
from annotation.services.queue import claim_next_grant
from annotation.services.retrying import TRIES, tried_again
from annotation.services.skips import skip_grant
from tests.annotation.test_concurrency import at_once
from tests.factories import FacetFactory, GrantFactory, UserFactory
from tests.patience import patience

pytestmark = [pytest.mark.postgres_only, pytest.mark.django_db(transaction=True)]
ITEM = "SELECT 1 FROM annotation_queueitem WHERE claim = %s FOR UPDATE"
PERSON = "SELECT 1 FROM annotation_user WHERE id = %s FOR UPDATE"
NONE_FITS = {"subject": FacetAnswer("none_fits")}


@pytest.fixture
def claim():
    FacetFactory()
    GrantFactory.create_batch(3, queued=True)
    return claim_next_grant(UserFactory())


@contextmanager
def short_waits():
    """In this thread, a lock is waited for 100 ms at most."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = 100")
    try:
        yield
    finally:
        connection.close()


@contextmanager
def after_a_wait_in_vain(deed):
    """Do it between a wait that was too long and the next try, however fast the machine is."""
    trying = logging.getLogger(tried_again.__module__)
    heard, level = logging.Handler(), trying.level
    heard.emit = lambda record: deed()
    trying.addHandler(heard)
    trying.setLevel(logging.INFO)
    try:
        yield
    finally:
        trying.removeHandler(heard)
        trying.setLevel(level)


@contextmanager
def locked(sql, key):
    """Another transaction that holds the row; called, it lets go."""
    other = psycopg2.connect(**connection.get_connection_params() | {"cursor_factory": None})
    other.cursor().execute(sql, [str(key)])
    try:
        yield other.rollback
    finally:
        other.close()


def test_a_submit_that_waited_too_long_for_a_lock_is_stored_once(claim):
    annotator = QueueItem.objects.get(claim=claim.token).claimed_by
    with locked(ITEM, claim.token) as let_go, ThreadPoolExecutor(1) as threads:

        def submit():
            with short_waits():
                return submit_annotation(annotator, claim.token, NONE_FITS, idempotency_key="k")

        with after_a_wait_in_vain(let_go):
            assert not threads.submit(submit).result().is_replay
    assert Annotation.objects.count() == 1


def test_it_is_given_up_after_three_tries_and_nothing_is_stored(claim):
    annotator = QueueItem.objects.get(claim=claim.token).claimed_by
    with locked(ITEM, claim.token), short_waits():
        began = time.monotonic()
        with pytest.raises(OperationalError) as refused:
            skip_grant(annotator, claim.token, "other")
        assert TRIES * 0.1 <= time.monotonic() - began < patience(2)
    assert is_passing(refused.value) and is_busy(refused.value)
    assert QueueItem.objects.get(claim=claim.token).claimed_by == annotator


def test_a_claim_waits_its_turn_behind_a_lock_on_the_person(claim):
    person = UserFactory()
    with locked(PERSON, person.pk) as let_go, ThreadPoolExecutor(1) as threads:

        def claim_one():
            with short_waits():
                return claim_next_grant(person)

        with after_a_wait_in_vain(let_go):
            assert threads.submit(claim_one).result().grant != claim.grant
    assert QueueItem.objects.filter(claimed_by=person).count() == 1


@tried_again
@transaction.atomic
def rename_both(people):
    """A deed that locks in the order it is told: two of them in opposite order deadlock."""
    for person in people:
        User.objects.filter(pk=person.pk).update(first_name=f"after {people[0].pk}")
        time.sleep(0.2)
    return connections["default"].vendor


def test_of_two_deeds_that_deadlock_both_are_done():
    first, second = UserFactory.create_batch(2)
    assert at_once(rename_both, [(first, second), (second, first)]) == ["postgresql"] * 2
    names = set(User.objects.values_list("first_name", flat=True))
    assert len(names) == 1  # one deed wholly after the other


def test_a_serialisation_failure_is_tried_again():
    person = UserFactory(first_name="0")

    @tried_again
    def count_up(_):
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
            n = int(User.objects.get(pk=person.pk).first_name)
            time.sleep(0.1)
            User.objects.filter(pk=person.pk).update(first_name=str(n + 1))

    at_once(count_up, range(2))
    assert User.objects.get(pk=person.pk).first_name == "2"


def test_inside_a_transaction_nothing_is_tried_again(claim):
    tries = []

    @tried_again
    def locks():
        tries.append(1)
        QueueItem.objects.select_for_update().get(claim=claim.token)

    with (
        locked(ITEM, claim.token),
        short_waits(),
        pytest.raises(OperationalError),
        transaction.atomic(),
    ):
        locks()
    assert tries == [1]


def test_another_fault_is_not_tried_again():
    tries = []

    @tried_again
    def wrong():
        tries.append(1)
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 50; SELECT pg_sleep(1)")

    with pytest.raises(OperationalError) as slow:
        wrong()
    assert tries == [1]
    assert is_busy(slow.value) and not is_passing(slow.value)
