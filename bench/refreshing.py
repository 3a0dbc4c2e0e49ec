"""What a refresh costs: 100 more labelled grants, learned by a version that knows the others."""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np

from bench.learning import neh_split

MORE = 100
FEW = 2_000
Result = TypeVar("Result")


def measure(data: Path) -> None:
    """Print CPU seconds on UK-CAT (2,000 labels) and NEH (20,000)."""
    os.environ.setdefault("SECRET_KEY", "for-measuring-only-this-secret-opens-nothing-at-all")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "classie_site.settings")
    import django

    django.setup()
    from threadpoolctl import threadpool_limits

    ukcat = data / "ukcat"
    files = [ukcat / "train.csv", ukcat / "test.csv"]
    with threadpool_limits(limits=1):
        _compare("UK-CAT", ukcat / "taxonomy.csv", files, FEW + MORE, "neh")
        with tempfile.TemporaryDirectory() as folder:
            train, _ = neh_split(data / "neh" / "grants.csv.gz", Path(folder))
            _compare("NEH", data / "neh" / "taxonomy.csv", [train], None, "uk")


def _compare(name: str, taxonomy: Path, files: list[Path], n: int | None, prior: str) -> None:
    from classifier.labelled_files import read_categories, read_grants
    from classifier.ml import artifacts
    from classifier.ml.estimators import CategoryClassifier
    from classifier.ml.refitting import refitted

    categories = read_categories(taxonomy, sys.stderr.write)
    grants = read_grants(files, categories)
    drawn = np.random.default_rng(0).permutation(len(grants))[:n]
    grants = grants.take(np.sort(drawn))
    before = np.ones(len(grants), dtype=bool)
    before[np.random.default_rng(1).permutation(len(grants))[:MORE]] = False
    part = grants.take(np.flatnonzero(before))
    words = f"{name}, {len(part):,} labels and {MORE} more, {len(categories)} categories"
    parent = _timed(
        f"{words}: whole fit",
        lambda: CategoryClassifier(categories, prior=prior).fit(
            part.corpus, part.y, part.known, np.ones(len(part), dtype=bool), grants.corpus
        ),
    )
    child = _timed(
        f"{words}: refresh",
        lambda: refitted(parent, grants.corpus, grants.y, grants.known, None, before),
    )
    data = _timed(f"{words}: its artifact written", lambda: artifacts.dump(child))
    print(f"{words}: {len(data) / 1e6:.0f} MB")


def _timed(words: str, deed: Callable[[], Result]) -> Result:
    began = time.process_time()
    result = deed()
    print(f"{words}: {time.process_time() - began:.1f} CPU s", flush=True)
    return result
