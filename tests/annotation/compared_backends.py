"""Comparisons as workers leave them, measured by nobody: figures to reckon in the head."""

import pytest

from annotation.models import Taxonomy
from annotation.models.backend_comparisons import RECIPE
from annotation.services.backend_comparisons import Order, request_backend_comparison
from annotation.services.measured_backends import (
    Measured,
    finish_backend,
    keep_material,
    take_backend,
)
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    GrantFactory,
    LabelFactory,
    counted_at_once,
)

NAMES = ("production", "linear_svm", "sgd")
FIGURES = ("micro_f1", "macro_f1", "hierarchical_f1", "recall_at_10", "ece")
BASIS = {
    "taxonomy": "release 1", "train": ["the pool of this site"], "test": ["its audit stream"],
    "unlabelled": [], "sha256": ["a" * 64], "rules": True, "prior": "pooled",
    "limit_train": None, "seed": 0, "recipe": RECIPE, "libraries": {"numpy": "2.4.6"},
    "n_seen_before": 3,
    "left_out": {"fasttext": "Install <fastText> first."},
}  # fmt: skip


@pytest.fixture
def grace():
    return AdministratorFactory(username="grace")


@pytest.fixture
def browser(client, grace):
    client.force_login(grace)
    return client


@pytest.fixture
def labels():
    return enough_labels()


def figure(value):
    return {"value": value, "low": value - 0.05, "high": value + 0.05}


def part(n_labels, value=0.5):
    return {"n_labels": n_labels, "micro_f1": figure(value)}


def row_of(name, value=0.4, method="a method", facet="subject", label="Sport"):
    """As the measuring gives it, as far as the pages ask."""
    parts = {
        "by_level": {"1": part(40, value), "2": part(9)},
        "by_support": {"5-9": part(30, value), "50+": part(10)},
        "by_facet": {facet: part(49, value)},
    }
    pair = {"right": "A1", "right_label": label, "ticked": "A2", "ticked_label": "Club",
            "n_texts": 7}  # fmt: skip
    return {
        "name": name, "method": method, "reads": "words", "leaves": "nothing at all",
        **{key: figure(value) for key in FIGURES}, **parts,
        "n_measured": 60, "n_labelled": 120, "n_background": 130,
        "sibling_confusions": {"n_texts": 60, "share": figure(0.2), "pairs": [pair]},
        "costs": {"fit_wall_seconds": 4.0, "fit_cpu_seconds": 3.6, "peak_memory_mb": 1234.0,
                  "single_ms": 2.5, "single_cpu_ms": 2.4, "batch_ms": 0.5,
                  "batch_texts_per_cpu_second": 2000.0, "artifact_mb": 34.4},
        "order": {key: list(names) for key, names in parts.items()},
    }  # fmt: skip


def results_of(whole):
    """The first leads by a tenth over the second, and so on."""
    names = [each.name for each in whole]
    differences = {
        name: dict.fromkeys(("macro_f1", "recall_at_10"), figure(-0.1 * at))
        for at, name in enumerate(names)
        if at
    }
    return {
        "order": names,
        "months": {name: {"hours_a_month": 1.25, "price_a_month": 0.5} for name in names},
        "recommendation": {
            "option": names[0], "reason": "It leads on both deciding figures.", "leads": True,
            "differences": differences,
        },
    }  # fmt: skip


@counted_at_once()
def enough_labels():
    """As many labelled grants as a comparison needs."""
    category = CategoryFactory()
    for grant in GrantFactory.create_batch(50):
        LabelFactory(grant=grant, category=category)
    return category


def requested(by, *names, **facts):
    """A request for three kinds of model."""
    if Taxonomy.objects.current() is None:
        CategoryFactory()
    month = {"texts_a_month": 10_000, "trainings_a_month": 30, "price_an_hour": 0.5} | facts
    return request_backend_comparison(by, Order(names or NAMES, **month))


def measure(run, n=None, **facts):
    """Measure as a worker would: ``n`` of them, or all."""
    while n != 0 and (backend := take_backend()):
        if backend.comparison.material is None:
            keep_material(
                backend, b"kept", dict.fromkeys(NAMES, 10), held_out="audit", n_train=120,
                n_measured=60, n_categories=2, n_labelled=180, snapshot_sha256="a" * 64,
                basis=BASIS,
            )  # fmt: skip
        value = 0.4 - 0.03 * backend.position
        found = Measured(
            row_of(backend.name, value, **facts), [{"code": "A1"}], {"macro_f1": [0.4]}, 20.0
        )
        finish_backend(backend, found, results_of)
        n = None if n is None else n - 1
    run.refresh_from_db()
    return run
