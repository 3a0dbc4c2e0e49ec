"""How many of 5 % injected label flips are among the worst 200 answers: UK-CAT, three draws.

A flip moves a given label to another category of its facet, by lot. So it makes two wrong answers:
a label that should not be there and one that is missing. ``python -m bench --parts label-errors``.
"""

import os
from pathlib import Path

SHARE, FIRST, DRAWS = 0.05, 200, 3
ASKED = "5 times random"


def measure(data: Path) -> None:
    """Print the precision of the first 200 beside that of 200 labels drawn by lot."""
    os.environ.setdefault("SECRET_KEY", "for-measuring-only-this-secret-opens-nothing-at-all")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "classie_site.settings")
    import django
    import numpy as np

    django.setup()
    from classifier.labelled_files import read_categories, read_grants
    from classifier.ml.estimators import CategoryClassifier
    from classifier.ml.holdout import joined
    from classifier.ml.label_errors import doubts

    folder = data / "ukcat"
    categories = read_categories(folder / "taxonomy.csv", lambda words: None)
    train = read_grants([folder / "train.csv"], categories)
    others = read_grants([folder / "unlabelled.csv"], categories, has_categories=False)
    facets = np.array([category.facet for category in categories])
    # Start weights that have never seen these labels.
    background = CategoryClassifier(categories, prior="neh").learn_background(
        joined(train.corpus, others.corpus)
    )
    tune = np.ones(len(train), dtype=bool)
    print(f"UK-CAT, {int(train.y.sum()):,} labels of {len(train):,} texts; asked: {ASKED}")
    for draw in range(DRAWS):
        y, flipped = _flipped(train.y, facets, np.random.default_rng(draw))
        model = CategoryClassifier(categories, prior="neh", seed=draw)
        model.fit(train.corpus, y, train.known, tune, background)
        found = doubts(y, train.known, model.proba_oof_)
        rows, columns = found.rows[:FIRST], found.columns[:FIRST]
        hits, given = flipped[rows, columns], found.is_given[:FIRST]
        by_lot = float((flipped & (y == 1)).sum() / y.sum())
        of_grants = float(flipped.any(axis=1).mean())
        print(
            f"  draw {draw}: {len(found):,} answers in doubt; of the first {FIRST} "
            f"{hits.mean():.3f} are flips ({hits.mean() / by_lot:.1f} times {by_lot:.3f} by lot): "
            f"{hits[given].sum()} of {given.sum()} given labels, {hits[~given].sum()} of "
            f"{(~given).sum()} missing; {flipped[rows].any(axis=1).mean():.3f} of them in a "
            f"flipped text (by lot {of_grants:.3f})",
            flush=True,
        )


def _flipped(truth, facets, rng):
    """Labels of which one in twenty was moved, and where they differ from before."""
    import numpy as np

    y, flipped = truth.copy(), np.zeros(truth.shape, dtype=bool)
    rows, columns = np.nonzero(truth)
    for at in rng.choice(len(rows), round(SHARE * len(rows)), replace=False):
        row, column = rows[at], columns[at]
        free = np.flatnonzero((facets == facets[column]) & (truth[row] == 0) & (y[row] == 0))
        other = rng.choice(free)
        y[row, column], y[row, other] = 0, 1
        flipped[row, [column, other]] = True
    return y, flipped
