"""What a simulation's options name: files, read and checked, and what decides its figures."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import CommandError

from classifier.labelled_files import UnusableFile, read_amounts, read_categories, read_grants
from classifier.management.commands._measuring import LIBRARIES
from classifier.ml.holdout import LabelledTexts
from classifier.ml.replays import Setting
from classifier.ml.simulation import Plan

KEPT = ("start", "batch", "budget", "model", "prior", "rules")


def setting_of(options: dict[str, Any], note: Callable[[str], object]) -> Setting:
    try:
        categories = read_categories(options["taxonomy"], note)
        pool = read_grants(options["labelled"], categories)
        test = read_grants(options["test"], categories) if options["test"] else None
        amounts = read_amounts(options["labelled"])
    except UnusableFile as error:
        raise CommandError(str(error)) from error
    if not options["rules"]:
        # Their words play no part either, neither in learning nor in choosing.
        categories = [replace(c, include_pattern="", exclude_pattern="") for c in categories]
    pool = _with_labels(pool, options["labelled"], "to choose from")
    if test is not None:
        test = _with_labels(test, options["test"], "to measure on")
    return Setting(
        categories=categories,
        pool=pool,
        amounts=np.array([amounts.get(reference, 0.0) for reference in pool.references]),
        test=test,
        plan=Plan(options["start"], options["batch"], options["budget"]),
        model=options["model"],
        prior=options["prior"],
        use_rules=options["rules"],
    )


def _with_labels(texts: LabelledTexts, files: list[Path], purpose: str) -> LabelledTexts:
    labelled = texts.take(texts.labelled_rows())
    if len(labelled) < 2:
        raise CommandError(
            f"{files[0].name} has {len(labelled)} grants with categories: a simulation needs some "
            f"{purpose}. Fill its column 'categories'."
        )
    return labelled


def settings_of(options: dict[str, Any]) -> dict[str, Any]:
    """What decides the figures; files by name and content. Strategies and seeds may be added."""
    files = {key: options[key] or [] for key in ("labelled", "test")}
    every = [options["taxonomy"], *files["labelled"], *files["test"]]
    return {
        "taxonomy": options["taxonomy"].name,
        **{key: [path.name for path in paths] for key, paths in files.items()},
        "sha256": [hashlib.sha256(path.read_bytes()).hexdigest() for path in every],
        **{key: options[key] for key in KEPT},
        "libraries": {name: version(name) for name in LIBRARIES},
    }
