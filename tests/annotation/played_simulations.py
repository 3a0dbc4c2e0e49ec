"""Simulations as workers leave them, played by nobody: figures that one can reckon in the head."""

import re
from html import unescape

from annotation.models import Taxonomy
from annotation.services.simulated_curves import add_point, finish_curve, take_curve
from annotation.services.simulations import Order, request_simulation
from tests.factories import CategoryFactory, GrantFactory, LabelFactory, counted_at_once

FIGURES = ("micro_f1", "macro_f1", "hierarchical_f1", "recall_at_10")
RESULTS = {
    key: [
        {"strategy": name, "metric": metric, "saving": saving, "low": low, "high": 0.4,
         "n_seeds": 2, "words": f"{name}: told."}
        for name, saving, low in (("default", 0.12, -0.09), ("half_margin", 0.3, 0.2))
        for metric in FIGURES
    ]
    for key in ("savings", "savings_in_decisions", "savings_in_clicks")
} | {
    "corrections": [
        {"strategy": "default", "more": 0.05, "low": -0.01, "high": 0.11},
        {"strategy": "half_margin", "more": -0.05, "low": -0.11, "high": 0.01},
    ]
}  # fmt: skip


@counted_at_once()
def enough_labels():
    """As many labelled grants as a simulation needs, and one of the audit stream."""
    category = CategoryFactory()
    for grant in GrantFactory.create_batch(120):
        LabelFactory(grant=grant, category=category)
    LabelFactory(grant=GrantFactory(stream="audit"), category=category)


def requested(by, **facts):
    """A request for three ways of choosing, one run of each, three points a curve."""
    if Taxonomy.objects.current() is None:
        CategoryFactory()
    order = {
        "strategies": ["random", "default", "half_margin"], "n_seeds": 1, "start": 20,
        "batch": 10, "budget": 40, "n_grants": 120, "n_categories": 1,
    }  # fmt: skip
    return request_simulation(by, Order(**(order | facts)))


def play(run, results=RESULTS, n=None):
    """Bring the curves as a worker would: ``n`` of them, or all."""
    while n != 0 and (curve := take_curve(1)):
        for labels in run.sizes:
            add_point(curve, point(curve, labels), [], 2.0)
        finish_curve(curve, lambda points: results)
        n = None if n is None else n - 1
    run.refresh_from_db()
    return run


def point(curve, labels):
    figures = dict.fromkeys(FIGURES, labels / 100 + 0.01 * curve.seed)
    return {
        "strategy": curve.strategy, "seed": curve.seed, "labels": labels, **figures,
        "categories_with_5": 1, "decisions": 2 * labels, "clicks": 3 * labels,
    }  # fmt: skip


def words(answer):
    """What a page says, without its tags."""
    text = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", unescape(text)).replace("\N{NO-BREAK SPACE}", " ")
