"""Measuring a recipe on texts it has not seen: a file of their own, or one fold after another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from classifier.ml import artifacts
from classifier.ml.baselines import Suggested, by_frequency, by_rules
from classifier.ml.costs import Seconds, timed
from classifier.ml.estimators import CategoryClassifier
from classifier.ml.folds import fold_numbers, groups_of
from classifier.ml.meaning import CategoryVectors
from classifier.ml.text import CategoryText, Corpus

FOLDS = 5
# What is being done, and the share that is done before it, 0 to 1.
Report = Callable[[str, float], None]


@dataclass(frozen=True)
class LabelledTexts:
    """Texts with answers; ``y`` and ``known`` have the shape (n_texts, n_categories).

    A text without a known pair is an unlabelled one.
    """

    references: list[str]
    corpus: Corpus
    y: NDArray[np.int64]
    known: NDArray[np.bool_]

    def __len__(self) -> int:
        """How many texts there are."""
        return len(self.references)

    def take(self, rows: Sequence[int] | NDArray[np.integer]) -> LabelledTexts:
        """The texts at these positions, in this order."""
        at = np.asarray(rows, dtype=int)
        references = [self.references[i] for i in at]
        return LabelledTexts(references, self.corpus.take(at), self.y[at], self.known[at])

    def with_vectors(self, vectors: NDArray[np.float32]) -> LabelledTexts:
        """The same with the texts' sentence vectors, shape (n_texts, 384)."""
        return replace(self, corpus=self.corpus.with_vectors(vectors))

    def labelled_rows(self) -> NDArray[np.int64]:
        """Positions of the texts with an answer."""
        return np.flatnonzero(self.known.any(axis=1))


class Model(Protocol):
    """A fitted model of any kind, as far as measuring asks."""

    def predict_proba(self, corpus: Corpus) -> NDArray[np.float32]:
        """Calibrated probabilities, shape (n_texts, n_categories)."""

    def decide(self, proba: NDArray[np.float32], at_least_one: bool = False) -> NDArray[np.bool_]:
        """What is ticked, of the shape of ``proba``."""


M = TypeVar("M", bound=Model)


class Learns(Protocol[M]):
    """How a model of any kind is made, and how it is kept."""

    @property
    def categories(self) -> list[CategoryText]:
        """Their order is that of the columns."""

    @property
    def seed(self) -> int:
        """Of lots, folds and the model."""

    def fit(self, train: LabelledTexts, background: Corpus) -> tuple[M, Seconds]:
        """A model of these texts, and how long it took."""

    def answers(self, model: M, corpus: Corpus) -> Suggested:
        """What the model says of texts."""

    def dump(self, model: M) -> bytes:
        """The model as a file."""

    def load(self, data: bytes) -> M:
        """The model of such a file."""


@dataclass(frozen=True)
class Recipe:
    """How a classifier is made, all but the texts."""

    categories: list[CategoryText]
    parameters: dict[str, Any]
    seed: int = 0
    as_ticked: bool = False  # else the likeliest category where nothing would be ticked
    category_vectors: CategoryVectors | None = None  # read where the texts have vectors, too

    def fit(self, train: LabelledTexts, background: Corpus) -> tuple[CategoryClassifier, Seconds]:
        """A classifier of these texts, and how long it took.

        ``background``: all texts there are, theirs too.
        """
        model = CategoryClassifier(self.categories, seed=self.seed, **self.parameters)
        tune = np.ones(len(train), dtype=bool)
        return timed(
            lambda: model.fit(
                train.corpus,
                train.y,
                train.known,
                tune,
                background,
                category_vectors=self.category_vectors,
            )
        )

    def answers(self, model: CategoryClassifier, corpus: Corpus) -> Suggested:
        """What the classifier says of texts."""
        proba = model.predict_proba(corpus)
        return Suggested(proba, model.decide(proba, at_least_one=not self.as_ticked))

    def dump(self, model: CategoryClassifier) -> bytes:
        """The classifier as its artifact."""
        return artifacts.dump(model)

    def load(self, data: bytes) -> CategoryClassifier:
        """The classifier of such an artifact."""
        return artifacts.load(data)


@dataclass(frozen=True)
class Scored:
    """Answers to the measured texts by models that have not seen them, beside the baselines."""

    measured: LabelledTexts
    answers: Suggested
    rules: Suggested
    frequency: Suggested
    support: NDArray[np.int64]  # training texts of each category
    n_labelled: int  # training texts of a fit, the mean of folds
    n_background: int
    fits: list[Seconds]
    file: Callable[[], bytes]  # the last model fitted, written
    load: Callable[[bytes], Model]


def drawn(train: LabelledTexts, limit: int | None, seed: int) -> LabelledTexts:
    """All labelled texts, or ``limit`` of them by lot. The others' labels are not looked at."""
    rows = train.labelled_rows()
    if limit is not None and limit < len(rows):
        rows = np.sort(np.random.default_rng(seed).permutation(rows)[:limit])
    return train.take(rows)


def on_test_file(
    recipe: Learns[M],
    train: LabelledTexts,
    test: LabelledTexts,
    unlabelled: Corpus,
    limit: int | None,
    report: Report,
) -> Scored:
    """Learn from one file and answer another, whose texts are nowhere in the learning."""
    chosen = drawn(train, limit, recipe.seed)
    background = joined(train.corpus, unlabelled)
    report(f"learning from {len(chosen):,} labelled texts", 0.0)
    model, seconds = recipe.fit(chosen, background)
    report(f"reading {len(test):,} texts", 0.8)
    return Scored(
        measured=test,
        answers=recipe.answers(model, test.corpus),
        rules=by_rules(recipe.categories, test.corpus),
        frequency=by_frequency(chosen.y, chosen.known, len(test)),
        support=(chosen.y * chosen.known).sum(axis=0),
        n_labelled=len(chosen),
        n_background=len(background),
        fits=[seconds],
        file=partial(recipe.dump, model),
        load=recipe.load,
    )


def by_cross_validation(
    recipe: Learns[M],
    train: LabelledTexts,
    unlabelled: Corpus,
    limit: int | None,
    report: Report,
) -> Scored:
    """Answer each fifth of the labelled texts by a model of the other four.

    Texts of one recipient, and equal texts, stay on one side; those held out are not even
    background. With a limit so many of the other four fifths are learned from.
    """
    measured = train.take(train.labelled_rows())
    rest = train.take(np.flatnonzero(~train.known.any(axis=1))).corpus
    folds = fold_numbers(groups_of(measured.corpus), FOLDS, recipe.seed)
    outside = joined(rest, unlabelled)
    shape = measured.y.shape
    answers = Suggested(np.zeros(shape, dtype=np.float32), np.zeros(shape, dtype=bool))
    frequency = Suggested(answers.proba.copy(), answers.decided.copy())
    fits, sizes, n_folds = [], [], int(folds.max()) + 1
    for number in range(n_folds):
        report(f"fold {number + 1} of {n_folds}", number / n_folds)
        held, others = np.flatnonzero(folds == number), np.flatnonzero(folds != number)
        around = measured.take(others)
        chosen = drawn(around, limit, recipe.seed)
        background = joined(around.corpus, outside)
        model, seconds = recipe.fit(chosen, background)
        said = recipe.answers(model, measured.corpus.take(held))
        answers.proba[held], answers.decided[held] = said.proba, said.decided
        usual = by_frequency(chosen.y, chosen.known, len(held))
        frequency.proba[held], frequency.decided[held] = usual.proba, usual.decided
        fits.append(seconds)
        sizes.append(len(chosen))
    return Scored(
        measured=measured,
        answers=answers,
        rules=by_rules(recipe.categories, measured.corpus),
        frequency=frequency,
        support=(measured.y * measured.known).sum(axis=0),
        n_labelled=round(float(np.mean(sizes))),
        n_background=len(background),
        fits=fits,
        file=partial(recipe.dump, model),
        load=recipe.load,
    )


def joined(first: Corpus, second: Corpus) -> Corpus:
    """The texts of both, one after the other, as words alone."""
    return Corpus(
        [*first.texts, *second.texts],
        [*first.recipients, *second.recipients],
        [*first.batches, *second.batches],
    )


def seen_before(train: Corpus, test: Corpus) -> int:
    """How many test texts share their words or their recipient with a training text."""
    groups = groups_of(joined(train, test))
    return int(np.isin(groups[len(train) :], groups[: len(train)]).sum())
