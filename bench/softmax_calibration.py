"""Whether a softmax gains by a calibration of each category instead of one a facet.

On labelled grants that teach: fastText answers each out of fold, maps and thresholds are fitted on
four fifths of these answers and judged on the last one, in turn. No test file is read.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np

SHOWN = ("macro_f1", "micro_f1", "recall_at_10", "ece", "ece_shown")
FEWEST = 10  # positives of a category whose own calibration error says anything
SEEDS = range(3)


def measure(data: Path) -> None:
    """Print a row for each way: of all grants, and of a fifth, as BlazingText's calibration has."""
    os.environ.setdefault("SECRET_KEY", "for-measuring-only-this-secret-opens-nothing-at-all")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "classie_site.settings")
    import django

    django.setup()
    from threadpoolctl import threadpool_limits

    from classifier.backends.fasttext import FASTTEXTS, SOFTMAX
    from classifier.backends.protocol import Snapshot
    from classifier.backends.tuned import scores_out_of_fold
    from classifier.labelled_files import read_categories, read_grants
    from classifier.ml import folds

    categories = read_categories(data / "taxonomy.csv", sys.stderr.write)
    grants = read_grants([data / "train.csv"], categories)
    grants = grants.take(grants.labelled_rows())
    with threadpool_limits(limits=1):
        for seed in SEEDS:
            snapshot = Snapshot(categories, grants, grants.corpus, seed)
            _, scores_of = FASTTEXTS[SOFTMAX].fits(snapshot)
            unseen = scores_out_of_fold(snapshot, scores_of)
            groups = folds.groups_of(grants.corpus)
            parts = folds.fold_numbers(groups, 5, seed + 100)
            every = np.arange(len(grants))
            for words, rows in (("all", every), ("a fifth", every[parts == 0])):
                for is_by_category in (False, True):
                    found = _judged(snapshot, unseen, rows, is_by_category)
                    name = "by category" if is_by_category else "by facet"
                    print(f"seed {seed}, {words} ({len(rows):,}), {name}: {found}", flush=True)


def _judged(snapshot, unseen, rows, is_by_category: bool) -> str:
    from classifier.backends.protocol import Snapshot
    from classifier.backends.tuned import tuned
    from classifier.ml.backoff import with_backing_off
    from classifier.ml.evaluation import evaluate
    from classifier.ml.folds import fold_numbers, groups_of
    from classifier.ml.hierarchy import ancestor_matrix
    from classifier.ml.thresholds import tick, with_the_likeliest

    own, scores, categories = snapshot.train.take(rows), unseen[rows], snapshot.categories
    ancestors = ancestor_matrix(categories)
    parts = fold_numbers(groups_of(own.corpus), 5, snapshot.seed + 200)
    proba = np.zeros(own.y.shape, dtype=np.float32)
    decided = np.zeros(own.y.shape, dtype=bool)
    for number in np.unique(parts):
        held, others = np.flatnonzero(parts == number), np.flatnonzero(parts != number)
        texts = own.take(others)
        found = tuned(
            Snapshot(categories, texts, texts.corpus), scores[others], is_by_category=is_by_category
        )
        proba[held] = found.maps(found.sizes(scores[held]))
        ticked = tick(proba[held], found.thresholds, ancestors)
        ticked = with_backing_off(ticked, proba[held], ancestors)
        decided[held] = with_the_likeliest(ticked, proba[held])
    figures = evaluate(own.y, own.known, proba, decided, categories).as_json()
    shown = [f"{name} {_value(figures[name]):.4f}" for name in SHOWN]
    return ", ".join([*shown, f"error of a category {_by_category(own, proba):.5f}"])


def _value(figure) -> float:
    return figure["value"] if isinstance(figure, dict) else figure


def _by_category(own, proba) -> float:
    """|mean probability - share| of each category with enough examples, their mean."""
    errors = [
        abs(float(proba[known, at].mean()) - float(own.y[known, at].mean()))
        for at, known in enumerate(own.known.T)
        if own.y[known, at].sum() >= FEWEST
    ]
    return float(np.mean(errors))


if __name__ == "__main__":
    measure(Path(sys.argv[1]))
