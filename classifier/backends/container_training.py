"""Training in SageMaker's container: files of channels in, a model folder out."""

from __future__ import annotations

import json
import logging
import os
import secrets
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import django
from django.apps import apps

from classifier.backends.container_faults import without_texts
from classifier.backends.container_paths import ContainerFault, Paths
from classifier.backends.kept_model import backend_named, check_marks, keep, marks_in
from classifier.backends.options import PRODUCTION
from classifier.backends.protocol import Snapshot
from classifier.backends.scikit_learn import Production
from classifier.ml.evaluation import evaluate
from classifier.ml.holdout import LabelledTexts, joined
from classifier.ml.priors import NAMES as PRIORS
from classifier.ml.sheet import main_figures
from classifier.ml.text import CategoryText

logger = logging.getLogger(__name__)
FAILURE_LENGTH = 1024  # characters that SageMaker shows
CHANNELS = ("taxonomy", "train", "test", "unlabelled")
# SageMaker hands over values as text, and its own parameters begin with "sagemaker_".
OWN = ("backend", "prior", "use_rules", "seed", "sensitive")


@dataclass(frozen=True)
class Wanted:
    """The hyperparameters, understood."""

    backend: str = PRODUCTION
    prior: str = "pooled"
    use_rules: bool = True
    seed: int = 0
    sensitive: tuple[str, ...] = ()


def train(paths: Paths) -> int:
    """Train, and return the exit code; what went wrong stands in the failure file."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(message)s")
    try:
        with _ending_when_told(paths):
            _train(paths)
    # Whatever it is, SageMaker shows only what the file says.
    except Exception as error:  # noqa: BLE001 # its kind is told, and its place
        said = str(error) if isinstance(error, ContainerFault) else without_texts(error)
        logger.error("The training has failed: %s", said)
        _tell(paths, said)
        return 1
    return 0


def _tell(paths: Paths, failure: str) -> None:
    paths.failure.parent.mkdir(parents=True, exist_ok=True)
    paths.failure.write_text(failure[:FAILURE_LENGTH], encoding="utf-8")


@contextmanager
def _ending_when_told(paths: Paths) -> Iterator[None]:
    """As the first process of a container nobody else does it on SIGTERM."""

    def stop(*args: object) -> None:
        _tell(paths, "The training was stopped before it was done.")
        # At once: an error raised from here might be caught by whatever it interrupts.
        os._exit(1)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def wanted(given: dict[str, Any]) -> Wanted:
    """What hyperparameters ask for; ContainerFault names the one that cannot be taken."""
    found = Wanted()
    for name, value in given.items():
        if name.startswith("sagemaker_"):
            continue
        if name not in OWN:
            raise ContainerFault(
                f"There is no hyperparameter {name!r}. There are {', '.join(OWN)}."
            )
        found = replace(found, **{name: READERS[name](str(value).strip().strip('"'))})
    return found


def _backend(value: str) -> str:
    return str(backend_named(value).name)


def _prior(value: str) -> str:
    if value not in PRIORS:
        raise ContainerFault(f"prior {value!r} is none of {', '.join(PRIORS)}.")
    return value


def _truth(value: str) -> bool:
    if value.lower() not in ("true", "false", "1", "0"):
        raise ContainerFault(f"use_rules {value!r} is neither true nor false.")
    return value.lower() in ("true", "1")


def _seed(value: str) -> int:
    if not value.isdecimal() or int(value) >= 2**32:
        raise ContainerFault(f"seed {value!r} is no number from 0 to {2**32 - 1}.")
    return int(value)


READERS: dict[str, Callable[[str], Any]] = {
    "backend": _backend,
    "prior": _prior,
    "use_rules": _truth,
    "seed": _seed,
    "sensitive": marks_in,
}


def _train(paths: Paths) -> None:
    asked = wanted(paths.configuration("hyperparameters"))
    _check_channels(paths.configuration("inputdataconfig"))
    categories, texts = _read(paths)
    check_marks(asked.sensitive, categories)
    train_on, background = texts["train"], texts["train"].corpus
    if "unlabelled" in texts:
        background = joined(background, texts["unlabelled"].corpus)
    labelled = train_on.take(train_on.labelled_rows())
    logger.info("Learning from %d grants, %d texts known", len(labelled), len(background))
    backend = backend_named(asked.backend)
    if isinstance(backend, Production):
        backend = Production(asked.use_rules, asked.prior)
    model = backend.fit(Snapshot(categories, labelled, background, asked.seed))
    if "test" in texts:
        _measure(paths, model, texts["test"], categories, asked.seed)
    keep(paths.model, backend, model, asked.sensitive)
    logger.info("The model is written")


def _check_channels(given: dict[str, Any]) -> None:
    for name, channel in given.items():
        if name not in CHANNELS:
            raise ContainerFault(f"There is no channel {name!r}. There are {', '.join(CHANNELS)}.")
        mode = channel.get("TrainingInputMode", "File") if isinstance(channel, dict) else "File"
        if mode == "Pipe":
            raise ContainerFault(f"The channel {name} comes as a pipe. Choose the input mode File.")


def _read(paths: Paths) -> tuple[list[CategoryText], dict[str, LabelledTexts]]:
    _wake_the_readers()
    # They need what has just been woken.
    from classifier.labelled_files import UnusableFile, read_categories, read_grants

    taxonomies, train_files = paths.channel("taxonomy"), paths.channel("train")
    if len(taxonomies) != 1:
        raise ContainerFault(f"The channel taxonomy has {len(taxonomies)} files. Give one.")
    if not train_files:
        raise ContainerFault("The channel train has no file. Give labelled grants as CSV.")
    try:
        categories = read_categories(taxonomies[0], lambda said: logger.warning("%s", said))
        texts = {"train": read_grants(train_files, categories)}
        if test_files := paths.channel("test"):
            texts["test"] = read_grants(test_files, categories)
        if more := paths.channel("unlabelled"):
            texts["unlabelled"] = read_grants(more, categories, has_categories=False)
    except UnusableFile as error:
        raise ContainerFault(str(error)) from error
    if not categories:
        raise ContainerFault(f"{taxonomies[0].name} has no category.")
    return categories, texts


def _wake_the_readers() -> None:
    """The site's readers of files ask Django for its settings; nothing is opened or stored."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "classie_site.settings")
    os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(64))
    if not apps.ready:
        django.setup()


def _measure(
    paths: Paths, model: Any, test: LabelledTexts, categories: list[CategoryText], seed: int
) -> None:
    """Figures of the test channel: a line each for SageMaker's metric patterns, and a file."""
    proba = model.predict_proba(test.corpus)
    decided = model.decide(proba, at_least_one=True)
    figures = main_figures(evaluate(test.y, test.known, proba, decided, categories, seed=seed))
    for name, figure in figures.items():
        logger.info("test:%s=%s", name, figure["value"])
    paths.metrics.parent.mkdir(parents=True, exist_ok=True)
    paths.metrics.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
