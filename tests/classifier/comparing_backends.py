"""What the tests of compared backends share: labels enough, a request, a worker to its end."""

from datetime import timedelta

import pytest
from django.utils import timezone

from annotation.models import MeasuredBackend
from annotation.reports.backend_comparisons import LEAST_GRANTS
from annotation.services.backend_comparisons import Order, request_backend_comparison
from classifier.backend_comparisons import measure_waiting_backend
from classifier.backends.trials import measured
from tests.classifier.conftest import WORDS, text_about
from tests.factories import AdministratorFactory, GrantFactory, LabelFactory, counted_at_once

CHEAP, OTHER = "complement_naive_bayes", "nearest_neighbours"


@pytest.fixture
def grants(categories):
    """As many labelled ones as are needed, and one more without a label."""
    found = labelled(categories, LEAST_GRANTS)
    GrantFactory(title="Nobody has read it", description="compost and football")
    return found


@pytest.fixture
def quickly(monkeypatch):
    """Measured all the same, without the seconds that a process of its own takes to begin."""
    monkeypatch.setattr(
        "classifier.backend_comparisons.measured_apart",
        lambda setting, name, is_wanted: measured(setting, name),
    )


@counted_at_once()
def labelled(categories, n, **facts):
    codes = [list(WORDS)[at % len(WORDS)] for at in range(n)]
    return [
        LabelFactory(
            category=categories[code],
            grant=GrantFactory(title=f"{at}", description=text_about(code, at), **facts),
        ).grant
        for at, code in enumerate(codes)
    ]


def requested(*names, by=None, **facts):
    order = Order(names or (CHEAP, OTHER), 10_000, 30, **facts)
    return request_backend_comparison(by or AdministratorFactory(), order)


def measured_to_the_end(run):
    while measure_waiting_backend():
        pass
    run.refresh_from_db()
    return {each.name: each for each in run.backends.all()}


def die(backend):
    """What is left of a worker that was killed two minutes ago."""
    then = timezone.now() - timedelta(minutes=3)
    MeasuredBackend.objects.filter(pk=backend.pk).update(heartbeat_at=then)
