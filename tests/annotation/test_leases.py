"""Taking turns at background work."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from annotation.models import Lease
from annotation.services import leases

pytestmark = pytest.mark.django_db


def expire(name):
    Lease.objects.filter(name=name).update(held_until=timezone.now())


def test_one_holds_it_and_a_second_gets_nothing():
    assert leases.take("scoring")
    assert leases.take("scoring") is None


def test_two_names_are_two_leases():
    assert leases.take("scoring") != leases.take("estimating")


def test_it_is_held_for_two_minutes():
    leases.take("scoring")
    left = Lease.objects.get().held_until - timezone.now()
    assert timedelta(seconds=110) < left <= timedelta(minutes=2)


def test_a_stale_lease_is_taken_by_whoever_asks_and_lost_by_its_holder():
    first = leases.take("scoring")
    expire("scoring")
    second = leases.take("scoring")
    assert second not in (None, first)
    assert not leases.keep("scoring", first)
    assert leases.keep("scoring", second)
    assert Lease.objects.count() == 1


def test_keeping_it_moves_the_deadline_even_when_it_was_stale():
    holder = leases.take("scoring")
    expire("scoring")
    assert leases.keep("scoring", holder)
    assert leases.take("scoring") is None


def test_given_back_it_is_free():
    holder = leases.take("scoring")
    leases.give_back("scoring", holder)
    assert leases.take("scoring")


def test_nobody_gives_back_or_keeps_what_another_holds():
    holder = leases.take("scoring")
    leases.give_back("scoring", uuid.uuid4())
    assert not leases.keep("scoring", uuid.uuid4())
    assert Lease.objects.get().holder == holder


def test_what_was_never_taken_cannot_be_kept():
    assert not leases.keep("scoring", uuid.uuid4())
    assert not Lease.objects.exists()
