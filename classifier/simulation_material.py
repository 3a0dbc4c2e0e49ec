"""What the curves of a simulation play on: the site's labels as the first worker found them.

People go on annotating while it runs, and curves on different labels could not be compared.
Only keys and answers are kept; texts stay where they are, and must not have changed.
"""

import hashlib
import io
import json
from dataclasses import asdict

import numpy as np

from annotation.models import Grant, SimulationRun, Taxonomy
from annotation.models.simulations import MOST_GRANTS
from classifier.dataset import Categories, categories_of, corpus_of, training_set
from classifier.ml.holdout import LabelledTexts
from classifier.ml.replays import Setting
from classifier.ml.simulated import PRODUCTION
from classifier.ml.simulation import Plan

PRIOR = "pooled"


class MaterialGone(Exception):
    """What a simulation plays on is too little, or is no longer as it was when it began."""


def material_of(taxonomy: Taxonomy) -> bytes:
    """Keys and answers of the labelled grants that may teach; none of the audit stream."""
    categories = categories_of(taxonomy)
    labelled = training_set(categories)
    rows = np.flatnonzero(labelled.known.any(axis=1))
    if len(rows) > MOST_GRANTS:
        rows = np.sort(np.random.default_rng(0).permutation(rows)[:MOST_GRANTS])
    grant_ids = [labelled.grant_ids[row] for row in rows]
    kept = io.BytesIO()
    np.savez_compressed(
        kept,
        grant_ids=np.array(grant_ids, dtype=np.int64),
        y=labelled.y[rows].astype(bool),
        known=labelled.known[rows],
        category_ids=np.array(categories.ids, dtype=np.int64),
        sha256=np.array(_sha256(categories, _texts(grant_ids))),
    )
    return kept.getvalue()


def setting_of(run: SimulationRun, material: bytes) -> Setting:
    """The same for every curve of a run.

    Raises:
        MaterialGone: grants, their texts or the categories are no longer the same.
    """
    with np.load(io.BytesIO(material), allow_pickle=False) as kept:
        grant_ids = kept["grant_ids"].tolist()
        y, known = kept["y"].astype(np.int64), kept["known"]
        sha256, category_ids = str(kept["sha256"]), kept["category_ids"].tolist()
    categories, grants = categories_of(run.taxonomy), _texts(grant_ids)
    if len(grants) < len(grant_ids):
        n = len(grant_ids) - len(grants)
        raise MaterialGone(f"{n:,} of its grants have been deleted since it began. {START_ANEW}")
    if category_ids != categories.ids or sha256 != _sha256(categories, grants):
        raise MaterialGone(
            f"Texts of its grants or categories have changed since it began. {START_ANEW}"
        )
    references = [str(pk) for pk in grant_ids]
    amounts = [float(grant.amount_awarded or 0) for grant in grants]
    return Setting(
        categories=categories.texts,
        pool=LabelledTexts(references, corpus_of(grants), y, known),
        amounts=np.array(amounts),
        test=None,
        plan=Plan(run.start, run.batch, run.budget),
        model=PRODUCTION,
        prior=PRIOR,
        use_rules=True,  # as the site itself does
    )


START_ANEW = "Start another simulation."


def facts_of(run: SimulationRun, setting: Setting) -> dict[str, int]:
    """How many grants and categories there are, and the budget that they allow.

    Raises:
        MaterialGone: they are fewer than what is labelled at the start.
    """
    n_pool = setting.smallest_pool(run.n_seeds) if len(setting.pool) else 0
    sizes = setting.plan.sizes(n_pool)
    if not sizes:
        raise MaterialGone(
            f"There are {len(setting.pool):,} labelled grants. A quarter is kept to measure on, so "
            f"a run can choose from {n_pool:,}, which is fewer than the {run.start:,} to start "
            "with. Start with fewer, or label more."
        )
    return {
        "n_grants": len(setting.pool),
        "n_categories": len(setting.categories),
        "budget": sizes[-1],
    }


def _texts(grant_ids: list[int]) -> list[Grant]:
    """The grants that are still there, in the order of their keys."""
    found: dict[int, Grant] = {}
    for start in range(0, len(grant_ids), 500):  # SQLite takes so many parameters and no more
        found |= Grant.objects.in_bulk(grant_ids[start : start + 500])
    return [found[pk] for pk in grant_ids if pk in found]


def _sha256(categories: Categories, grants: list[Grant]) -> str:
    corpus, digest = corpus_of(grants), hashlib.sha256()
    for text in categories.texts:
        digest.update(json.dumps(asdict(text)).encode())
    for facts in zip(corpus.texts, corpus.recipients, corpus.batches, strict=True):
        digest.update(json.dumps(facts).encode())
    return digest.hexdigest()
