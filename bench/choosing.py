"""Choosing 200 of a million waiting grants with 1,300 categories, from stored probabilities.

Each strategy in a process of its own, so that its memory is its own. ``python -m bench --parts
choosing``.
"""

import subprocess
import sys

GRANTS, CATEGORIES, STORED, BATCH = 1_000_000, 1_300, 20, 200
ASKED = "60 s and 1,500 MB"
STRATEGIES = ["random", "least_confident", "margin", "coverage", "rare_category", "macro_gain",
              "mean_entropy", "value", "modal_max_loss"]  # fmt: skip


def measure() -> None:
    """Print seconds of computing and memory for each strategy."""
    print(f"{BATCH} of {GRANTS:,} grants x {CATEGORIES:,} categories, {STORED} stored of each; "
          f"asked: {ASKED}")  # fmt: skip
    for name in STRATEGIES:
        subprocess.run([sys.executable, "-m", "bench.choosing", name], check=True)


def _choose(name: str) -> None:
    import time

    import numpy as np
    from scipy import sparse

    from classifier.ml.batches import SHORTLIST, next_batch
    from classifier.ml.costs import peak_mb
    from classifier.ml.pool import Pool
    from classifier.ml.querying import STRATEGIES, choose

    rng = np.random.default_rng(0)

    def stored() -> sparse.csr_array:
        columns = rng.integers(CATEGORIES, size=GRANTS * STORED, dtype=np.int32)
        data = rng.random(GRANTS * STORED, dtype=np.float32) ** 6
        starts = np.arange(0, GRANTS * STORED + 1, STORED)
        return sparse.csr_array((data, columns, starts), shape=(GRANTS, CATEGORIES))

    needs = STRATEGIES[name].needs
    pool = Pool(
        proba=stored(),
        lots=rng.random(GRANTS),
        thresholds=np.full(CATEGORIES, 0.27),
        examples=rng.integers(50, size=CATEGORIES).astype(np.float64),
        words=stored() if "words" in needs else None,
        amounts=rng.lognormal(9, 2, size=GRANTS),
    )
    began, cpu = time.perf_counter(), time.process_time()
    ranked = choose(pool, SHORTLIST * BATCH, STRATEGIES[name], rng)
    # Vectors are made of the shortlist alone; here by lot, as only their number counts.
    near = rng.standard_normal((len(ranked), 100)).astype(np.float32)
    near /= np.linalg.norm(near, axis=1, keepdims=True)
    chosen = ranked[next_batch(np.arange(len(ranked)), near, BATCH)]
    assert len(set(chosen.tolist())) == BATCH
    print(
        f"{name:16} {time.perf_counter() - began:5.1f} s, {time.process_time() - cpu:5.1f} CPU s, "
        f"peak {peak_mb():,.0f} MB",
        flush=True,
    )


if __name__ == "__main__":
    _choose(sys.argv[1])
