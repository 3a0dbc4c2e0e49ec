"""Several workers at one comparison, and several people who ask for one, at the same moment."""

import pytest

from annotation.errors import ComparisonRefused
from annotation.models import BackendComparison
from annotation.services.measured_backends import take_backend
from tests.annotation.compared_backends import NAMES, requested
from tests.annotation.test_concurrency import at_once
from tests.factories import AdministratorFactory, CategoryFactory

pytestmark = pytest.mark.django_db(transaction=True)
N = 6


def test_of_workers_that_come_together_one_gets_the_first_and_the_others_none():
    run = requested(AdministratorFactory())
    taken = [backend for backend in at_once(lambda _: take_backend(), range(N)) if backend]
    assert [(backend.name, backend.attempt) for backend in taken] == [(NAMES[0], 1)]
    assert run.backends.filter(status="waiting").count() == 2


def test_of_people_who_ask_together_one_gets_a_comparison():
    people = AdministratorFactory.create_batch(N)
    CategoryFactory()  # there is a taxonomy now

    def ask(person):
        try:
            return requested(person)
        except ComparisonRefused:
            return None

    assert len(list(filter(None, at_once(ask, people)))) == 1
    assert BackendComparison.objects.get().backends.count() == len(NAMES)
