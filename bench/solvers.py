"""The ridge's two solvers on the same grants: the factor of a kernel, and conjugate gradients.

The factor costs the cube of the grants, so beyond ``EXACT_LIMIT`` the other one is used. Here both
learn from 8,000 grants and answer 4,000, and the second one learns from 30,000.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from classifier.ml.evaluation import Evaluation

FEW, MANY = 8_000, 30_000


def compare(taxonomy: Path, train: Path, test: Path, everything: Path) -> None:
    """Print quality and seconds of both at 8,000 grants, and of the second at up to 30,000.

    ``everything``: a file with so many labelled grants.
    """
    os.environ.setdefault("SECRET_KEY", "for-measuring-only-this-secret-opens-nothing-at-all")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "classie_site.settings")
    import django

    django.setup()
    from threadpoolctl import threadpool_limits

    from classifier.labelled_files import read_categories, read_grants
    from classifier.ml import unseen
    from classifier.ml.costs import peak_mb
    from classifier.ml.evaluation import evaluate
    from classifier.ml.holdout import Recipe

    categories = read_categories(taxonomy, sys.stderr.write)
    grants, measured = read_grants([train], categories), read_grants([test], categories)
    recipe = Recipe(categories, {"prior": "uk"})
    usual = unseen.EXACT_LIMIT
    with threadpool_limits(limits=1):
        for name, limit in (("factor", FEW), ("conjugate gradients", 0)):
            unseen.EXACT_LIMIT = limit
            chosen = grants.take(np.arange(min(FEW, len(grants))))
            _say(f"{name}, {len(chosen):,} grants")
            model, took = recipe.fit(chosen, chosen.corpus)
            said = recipe.answers(model, measured.corpus)
            found = evaluate(measured.y, measured.known, said.proba, said.decided, categories)
            print(
                f"NEH {len(chosen):,}, {name}: fit {took.cpu:.0f} CPU s, {_figures(found)}",
                flush=True,
            )
        unseen.EXACT_LIMIT = usual
        many = read_grants([everything], categories)
        many = many.take(many.labelled_rows()[:MANY])
        _say(f"conjugate gradients, {len(many):,} grants")
        model, took = recipe.fit(many, many.corpus)
        print(
            f"NEH {len(many):,}, conjugate gradients: fit {took.cpu:.0f} CPU s, "
            f"peak {peak_mb():,.0f} MB",
            flush=True,
        )
        proba = model.proba_oof_
        found = evaluate(many.y, many.known, proba, model.decide(proba), categories)
        print(f"  of these texts, by models that have not seen them: {_figures(found)}", flush=True)


def _figures(found: Evaluation) -> str:
    shown = (found.micro_f1, found.macro_f1, found.precision_at_1, found.recall_at_10)
    values = ", ".join(f"{f.value:.4f} [{f.low:.3f}-{f.high:.3f}]" for f in shown)
    return f"micro, macro, P@1, R@10 {values}"


def _say(words: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {words}", file=sys.stderr, flush=True)
