"""Label sprints against drawing by lot: decisions until a rare category has ten examples.

10,000 labelled NEH grants; every category that some 0.5 % of them have. A sprint's order is made as
the site makes it (``classifier.ml.sprint``): by the category's words alone before any training, by
the model and the words after one. ``python -m bench --parts sprint``.
"""

import os
import sys
import tempfile
from pathlib import Path

import numpy as np

from bench import learning

GRANTS = 10_000
RARE = (0.003, 0.008)  # share of the grants that have the category
WANTED = 10  # examples
LABELS = (0, 200, 1_000)  # grants labelled by lot before the sprint
SEEDS = 5
ASKED = 0.25  # of the decisions that drawing by lot takes


def measure(data: Path) -> None:
    """Print the share of drawing by lot's decisions that a sprint takes."""
    os.environ.setdefault("SECRET_KEY", "for-measuring-only-this-secret-opens-nothing-at-all")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "classie_site.settings")
    import django

    django.setup()
    from threadpoolctl import threadpool_limits

    from classifier.labelled_files import read_categories, read_grants
    from classifier.ml.lexical import LexicalMatcher
    from classifier.ml.simulated import production

    neh = data / "neh"
    with tempfile.TemporaryDirectory() as folder, threadpool_limits(limits=1):
        train, _ = learning.neh_split(neh / "grants.csv.gz", Path(folder))
        categories = read_categories(neh / "taxonomy.csv", sys.stderr.write)
        grants = read_grants([train], categories)
        grants = grants.take(np.arange(min(GRANTS, len(grants))))
        shares = grants.y.mean(axis=0)
        columns = np.flatnonzero((shares >= RARE[0]) & (shares <= RARE[1]))
        print(
            f"{len(grants):,} grants, {len(columns)} categories that {RARE[0]:.1%} to {RARE[1]:.1%}"
            f" have, {SEEDS} seeds; asked: {ASKED:.0%} of the decisions of drawing by lot",
            flush=True,
        )
        words = LexicalMatcher(categories).fit(grants.corpus).predict_proba(grants.corpus)
        fit = production(categories, {"prior": "uk"}, grants.corpus, 0)
        for n in LABELS:
            _tell(n, np.array([_shares(grants, words, fit, columns, n, s) for s in range(SEEDS)]))


def _shares(grants, all_words, fit, columns, n_labels: int, seed: int) -> np.ndarray:
    """Of each category: decisions to ten examples over those that drawing by lot takes."""
    from classifier.ml.sprint import choose

    order = np.random.default_rng(seed).permutation(len(grants))
    labelled, rest = grants.take(order[:n_labels]), grants.take(order[n_labels:])
    proba = words = all_words[order[n_labels:]]
    if n_labels:
        proba = fit(labelled, np.ones(n_labels, dtype=bool)).answers(rest.corpus).proba
    found = []
    for column in columns:
        rng = np.random.default_rng([seed, column])
        asked = [row for row, _ in choose(proba[:, column], words[:, column], len(rest), rng)]
        is_right = rest.y[asked, column] == 1
        decisions = int(np.flatnonzero(np.cumsum(is_right) >= WANTED)[0]) + 1
        # Expectation of the negative hypergeometric: what a lot takes on average.
        by_lot = WANTED * (len(rest) + 1) / (is_right.sum() + 1)
        found.append(decisions / by_lot)
    return np.array(found)


def _tell(n_labels: int, shares: np.ndarray) -> None:
    """``shares``: of shape (n_seeds, n_categories); the interval is over categories."""
    from scipy import stats

    each = shares.mean(axis=0)
    reach = stats.t.ppf(0.975, len(each) - 1) * each.std(ddof=1) / len(each) ** 0.5
    print(
        f"{n_labels:,} labels: {each.mean():.1%} of the decisions ({each.mean() - reach:.1%} to "
        f"{each.mean() + reach:.1%}), median {np.median(each):.1%}; at most {ASKED:.0%} for "
        f"{(each <= ASKED).sum()} of {len(each)} categories; the worst {each.max():.0%}",
        flush=True,
    )
