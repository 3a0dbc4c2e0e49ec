"""What every backend can do, and what it says of itself; this is all that a comparison knows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from classifier.ml.costs import Seconds, Serving
from classifier.ml.holdout import LabelledTexts, Model
from classifier.ml.meaning import CategoryVectors
from classifier.ml.text import CategoryText, Corpus

M = TypeVar("M", bound=Model)
S = TypeVar("S", bound=Model, covariant=True)
HOUR = 3600
STAYS = "nothing: texts, labels and model stay on this machine"
# The share that is done, 0 to 1, and what is being done. It raises when the training was stopped.
Tell = Callable[[float, str], None]


@dataclass(frozen=True)
class Snapshot:
    """All that a model is fitted on.

    ``train``: texts with answers. ``background``: all texts there are, theirs too, without their
    answers. ``seed``: same snapshot, same model. ``tune``: bool of shape (n_texts,), texts drawn at
    random, on which calibration and thresholds rest; None: all of them. What a backend may pass
    over: ``weights``, float32 of the shape of ``train.y``, how much each answer counts, and
    ``vectors``, sentence vectors of the categories.
    """

    categories: list[CategoryText]
    train: LabelledTexts
    background: Corpus
    seed: int = 0
    tune: NDArray[np.bool_] | None = None
    weights: NDArray[np.float32] | None = None
    vectors: CategoryVectors | None = None

    @property
    def drawn(self) -> NDArray[np.bool_]:
        """Which texts tune, bool of shape (n_texts,)."""
        return np.ones(len(self.train), dtype=bool) if self.tune is None else self.tune


class Served(Model, Protocol):
    """What the site asks of a model that it serves. Two things it asks only where they are there:

    ``proba_oof_``, float32 of shape (n_texts, n_categories): probabilities of the training texts by
    fits that have not seen them; not stored with the model. Without it a version can be measured on
    audit grants alone.

    ``says_why``, bool, and ``evidence(corpus, columns)``, as that of ``CategoryClassifier``.
    Without them, or where ``says_why`` is False, the site says that this version names no words
    that spoke for a category.
    """

    @property
    def categories(self) -> list[CategoryText]:
        """In the order of the columns; code, facet, label and ancestors are enough."""

    @property
    def thresholds_(self) -> NDArray[np.float64]:
        """Probability from which each category is ticked, shape (n_categories,)."""


@dataclass(frozen=True)
class Description:
    """In words for people: what it is, what it reads, and what leaves the building."""

    method: str
    reads: str
    leaves: str


@dataclass(frozen=True)
class Load:
    """What a month asks for; ``price_an_hour`` is of one processor, in any currency."""

    texts_a_month: int
    trainings_a_month: int
    price_an_hour: float | None = None


@dataclass(frozen=True)
class Cost:
    """What that load takes of one processor, and its price where one was given."""

    hours_a_month: float
    price_a_month: float | None


class Backend(Protocol[M]):
    """One way to fit and serve a model."""

    @property
    def name(self) -> str:
        """By which it is chosen."""

    def fit(self, snapshot: Snapshot) -> M:
        """A model of these texts."""

    def dump(self, model: M) -> bytes:
        """The model as a file that runs no code when it is read."""

    def load(self, data: bytes) -> M:
        """The model that :meth:`dump` wrote.

        Raises
        ------
        CorruptArtifact
            If the bytes are not such a file.
        """

    def describe(self) -> Description:
        """What it is."""

    def cost(self, load: Load, fit: Seconds, serving: Serving) -> Cost:
        """What a month of this load takes, going by what was measured."""


@runtime_checkable
class FitsSlowly(Protocol[S]):
    """A backend whose fit takes long enough to be watched and stopped, elsewhere perhaps."""

    def fit_with(self, snapshot: Snapshot, training: str, tell: Tell) -> S:
        """A model of these texts, as ``fit`` makes it.

        Parameters
        ----------
        snapshot : Snapshot
        training : str
            Names this training for good: whoever goes on after a worker's death calls with the same
            name, and another training never has it. So nothing is begun twice that has this name.
        tell : Tell
            To be called every few seconds. Whatever it raises: stop what runs elsewhere under this
            name, then let it pass.
        """


def on_this_machine(load: Load, fit: Seconds, serving: Serving) -> Cost:
    """A processor's hours: fits, and texts in batches. A machine that idles costs more."""
    texts = load.texts_a_month / serving.batch_texts_per_cpu_second
    hours = (texts + load.trainings_a_month * fit.cpu) / HOUR
    price = None if load.price_an_hour is None else hours * load.price_an_hour
    return Cost(hours, price)
