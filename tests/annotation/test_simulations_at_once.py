"""Several workers at one simulation, and several people who ask for one, at the same moment."""

import pytest

from annotation.errors import SimulationRefused
from annotation.models import SimulationRun
from annotation.services.simulated_curves import add_point, finish_curve, take_curve
from tests.annotation.played_simulations import point, requested
from tests.annotation.test_concurrency import at_once
from tests.factories import AdministratorFactory

pytestmark = pytest.mark.django_db(transaction=True)
N = 6


def test_no_two_workers_get_one_curve_nor_more_than_may_be_played():
    requested(AdministratorFactory(), n_seeds=3)  # nine curves
    taken = [curve for curve in at_once(take_curve, [4] * N) if curve]
    assert len(taken) == len({curve.pk for curve in taken}) == 4


def test_of_workers_that_finish_together_one_counts_all():
    run = requested(AdministratorFactory(), n_seeds=2)
    curves = [take_curve(N) for _ in range(N)]
    for curve in curves:
        add_point(curve, point(curve, 20), [], 1.0)
    done = at_once(lambda curve: finish_curve(curve, lambda rows: {"n": len(rows)}), curves)
    run.refresh_from_db()
    assert done.count(True) == 1
    assert (run.status, run.results) == ("done", {"n": N})


def test_of_people_who_ask_together_one_gets_a_simulation():
    people = AdministratorFactory.create_batch(N)
    requested(people[0]).delete()  # there is a taxonomy now

    def ask(person):
        try:
            return requested(person)
        except SimulationRefused:
            return None

    assert len(list(filter(None, at_once(ask, people)))) == 1
    assert SimulationRun.objects.get().curves.count() == 3
