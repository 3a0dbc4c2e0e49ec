"""What every backend can do, and what it says of itself; this is all that a comparison knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeVar

from classifier.ml.costs import Seconds, Serving
from classifier.ml.holdout import LabelledTexts, Model
from classifier.ml.text import CategoryText, Corpus

M = TypeVar("M", bound=Model)
HOUR = 3600


@dataclass(frozen=True)
class Snapshot:
    """All that a model is fitted on.

    ``train``: texts with answers; every one of them tunes, too. ``background``: all texts there
    are, theirs too, without their answers. ``seed``: same snapshot, same model.
    """

    categories: list[CategoryText]
    train: LabelledTexts
    background: Corpus
    seed: int = 0


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


def on_this_machine(load: Load, fit: Seconds, serving: Serving) -> Cost:
    """A processor's hours: fits, and texts in batches. A machine that idles costs more."""
    texts = load.texts_a_month / serving.batch_texts_per_cpu_second
    hours = (texts + load.trainings_a_month * fit.cpu) / HOUR
    price = None if load.price_an_hour is None else hours * load.price_an_hour
    return Cost(hours, price)
