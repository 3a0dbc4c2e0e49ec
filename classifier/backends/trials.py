"""Measuring one option after the other on the same texts, each in a process of its own."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass, field
from typing import Any, Generic, TypeVar

from threadpoolctl import threadpool_limits  # scikit-learn brings it

from classifier.backends.options import OPTIONS, PRODUCTION, made
from classifier.backends.protocol import Backend, Snapshot
from classifier.backends.scikit_learn import Production
from classifier.ml.baselines import Suggested
from classifier.ml.confusions import sibling_confusions
from classifier.ml.costs import Seconds, peak_mb, timed
from classifier.ml.holdout import (
    LabelledTexts,
    Model,
    Report,
    Scored,
    by_cross_validation,
    on_test_file,
)
from classifier.ml.preferring import replicates
from classifier.ml.sheet import sheet
from classifier.ml.text import CategoryText, Corpus

M = TypeVar("M", bound=Model)
# How long each takes beside the others, for the time that is left; CPU seconds on UK-CAT.
EFFORT = {
    PRODUCTION: 13, "logistic_regression": 13, "linear_svm": 10, "sgd": 15,
    "complement_naive_bayes": 5, "nearest_neighbours": 6, "random_forest": 28,
    "classifier_chain": 17, "label_powerset": 29, "perceptron": 26, "fasttext": 30,
    "fasttext_softmax": 30,
}  # fmt: skip
NAMES = tuple(EFFORT)  # of all that run on this machine
MOST_CONFUSIONS = 20


def left_out() -> dict[str, str]:
    """What to do for those that cannot run here as it is, by name."""
    return {name: wants for name in NAMES if (wants := OPTIONS[name].wants())}


class TrialLost(Exception):
    """An option's process has not come to its end."""


@dataclass(frozen=True)
class Setting:
    """What all options share. ``test`` None: the training texts are answered in folds."""

    categories: list[CategoryText]
    train: LabelledTexts
    test: LabelledTexts | None
    unlabelled: Corpus
    limit: int | None
    seed: int
    prior: str
    use_rules: bool

    def backend(self, name: str) -> Backend[Any]:
        """The option of this name."""
        return Production(self.use_rules, self.prior) if name == PRODUCTION else made(name)


@dataclass(frozen=True)
class Trial(Generic[M]):
    """A backend as the measuring asks for it."""

    backend: Backend[M]
    categories: list[CategoryText]
    seed: int
    peaks: list[float] = field(default_factory=list)  # MB of this process after each fit

    def fit(self, train: LabelledTexts, background: Corpus) -> tuple[M, Seconds]:
        """A model of these texts, and how long it took."""
        snapshot = Snapshot(self.categories, train, background, self.seed)
        fitted = timed(lambda: self.backend.fit(snapshot))
        self.peaks.append(peak_mb())  # before measuring asks for more
        return fitted

    def answers(self, model: M, corpus: Corpus) -> Suggested:
        """What it says, and the likeliest category where it would tick none."""
        proba = model.predict_proba(corpus)
        return Suggested(proba, model.decide(proba, at_least_one=True))

    def dump(self, model: M) -> bytes:
        """The model as a file."""
        return self.backend.dump(model)

    def load(self, data: bytes) -> M:
        """The model of such a file."""
        return self.backend.load(data)


@dataclass(frozen=True)
class Outcome:
    """``row``: figures in the form of ``evaluate_classifier``, and what the option is;
    ``replicates``: see :func:`classifier.ml.preferring.replicates`.
    """

    row: dict[str, Any]
    replicates: dict[str, list[float]]


def measured(setting: Setting, name: str) -> Outcome:
    """All figures of one option, in this process."""
    backend = setting.backend(name)
    trial = Trial(backend, setting.categories, setting.seed)
    found = _scored(setting, trial)
    confused = sibling_confusions(
        found.measured.y, found.measured.known, found.answers.decided, setting.categories
    )
    labels = {category.code: category.label for category in setting.categories}
    told = asdict(confused)
    told["pairs"] = [
        {**pair, "right_label": labels[pair["right"]], "ticked_label": labels[pair["ticked"]]}
        for pair in told["pairs"][:MOST_CONFUSIONS]
    ]
    row = {
        "name": name,
        **asdict(backend.describe()),
        **sheet(found, setting.categories, setting.seed),
        "sibling_confusions": told,
    }
    row["costs"]["peak_memory_mb"] = trial.peaks[-1]
    return Outcome(row, replicates(found, setting.seed))


def _scored(setting: Setting, trial: Trial[Any]) -> Scored:
    train, test, more, limit = setting.train, setting.test, setting.unlabelled, setting.limit
    if test is None:
        return by_cross_validation(trial, train, more, limit, _quiet)
    return on_test_file(trial, train, test, more, limit, _quiet)


def in_processes(
    setting: Setting, waiting: Sequence[str], n_processes: int, report: Report
) -> Iterator[tuple[str, Outcome]]:
    """Every option with its figures, as each is done.

    A process of its own for each, so that its peak of memory is its own; it holds one thread.

    Raises
    ------
    TrialLost
        A process has ended before its option was measured; what was told before is whole.
    """
    if not waiting:
        return
    # A forked process would inherit locks that some thread holds.
    context = multiprocessing.get_context("spawn")
    total, done = sum(EFFORT[name] for name in waiting), 0
    report(f"measuring {', '.join(waiting[:n_processes])}", 0.0)
    with ProcessPoolExecutor(
        n_processes, context, _begin, (setting,), max_tasks_per_child=1
    ) as pool:
        futures = {pool.submit(_measure, name): name for name in waiting}
        left = list(waiting)
        for future in as_completed(futures):
            name = futures[future]
            try:
                outcome = future.result()
            except BrokenProcessPool as error:
                raise TrialLost(
                    f"The process of one of {', '.join(left)} was ended, for want of memory "
                    "perhaps. Measure fewer at a time, or name other --backends."
                ) from error
            left.remove(name)
            done += EFFORT[name]
            yield name, outcome
            if left:
                report(f"measuring {', '.join(left[:n_processes])}", done / total)


_settings: list[Setting] = []  # of a process of its own: put there at its beginning


def _begin(setting: Setting) -> None:
    threadpool_limits(limits=1)
    _settings.append(setting)


def _measure(name: str) -> Outcome:
    return measured(_settings[0], name)


def _quiet(words: str, share: float) -> None:
    """The progress of one option says nothing beside that of all."""
