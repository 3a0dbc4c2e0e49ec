"""fastText, the algorithm of SageMaker's BlazingText, trained and served on this machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from classifier.backends import fasttext_binary, plain_files
from classifier.backends.calibrated import Calibrated, calibrated
from classifier.backends.fasttext_binary import Learning
from classifier.backends.fasttext_parts import NOTHING, Part, Parts, Rows, fit_parts, lines_of
from classifier.backends.fitted import Floats
from classifier.backends.protocol import (
    STAYS,
    Cost,
    Description,
    Load,
    Snapshot,
    on_this_machine,
)
from classifier.backends.tuned import ScoresOf, scores_out_of_fold
from classifier.interchange import LABEL, code_of, pieces_of
from classifier.ml.artifacts import CorruptArtifact
from classifier.ml.costs import Seconds, Serving
from classifier.ml.documents import documents_of
from classifier.ml.holdout import LabelledTexts
from classifier.ml.text import CategoryText
from classifier.ml.vocabulary import learned_vocabulary

FASTTEXT, SOFTMAX = "fasttext", "fasttext_softmax"
METHODS = {
    "ova": "fastText, one category against all the others",
    "softmax": "fastText with a softmax, as BlazingText learns",
}
FastTextModel = Calibrated[Parts]


class NothingLearned(Exception):
    """No text teaches fastText anything; the message says why, and what to do."""


@dataclass(frozen=True)
class FastText:
    """fastText behind the protocol; a text is the mean of the vectors of its words."""

    name: str
    learning: Learning

    def fit(self, snapshot: Snapshot) -> FastTextModel:
        """Fit on all texts; calibrate and set thresholds out of fold, as all others do.

        Raises
        ------
        NothingLearned
            If none of the texts teaches anything: each would be answered as every other.
        """
        fitted, scores_of = self.fits(snapshot)
        whole = fitted(np.arange(len(snapshot.train)))
        if not whole.parts:
            raise NothingLearned(
                f"fastText learns nothing from these {len(snapshot.train):,} texts. It takes those "
                "of which a whole facet is answered, with a word that others have too, and a "
                "category that fits one of them. Answer whole facets, or train with another kind "
                "of model."
            )
        return calibrated(whole, scores_out_of_fold(snapshot, scores_of), snapshot)

    def fits(self, snapshot: Snapshot) -> tuple[Callable[[Rows], Parts], ScoresOf]:
        """What fits on some of the texts, and what answers others by such a fit, uncalibrated."""
        categories, train, seed = snapshot.categories, snapshot.train, snapshot.seed
        words = learned_vocabulary(
            (pieces_of(text) for text in snapshot.background.texts),
            snapshot.background.recipients,
            documents_of(categories, with_keywords=False),
            min_texts=2,
        ).terms
        lines = lines_of(train.corpus)

        def fitted(rows: Rows) -> Parts:
            some = [lines[row] for row in rows]
            return fit_parts(some, words, train.take(rows), categories, self.learning, seed)

        def scores_of(rows: Rows, held: Rows) -> Floats:
            return fitted(rows).of_lines([lines[row] for row in held])

        return fitted, scores_of

    def dump(self, model: FastTextModel) -> bytes:
        """Plain arrays and texts; fastText's own files are bytes among them, with their hash."""
        return plain_files.written(self.name, {**model.plain(), **model.scorer.plain()})

    def load(self, data: bytes) -> FastTextModel:
        """The model of such bytes; of its categories only what answering asks for."""
        return plain_files.read(self.name, data, _restored)

    def describe(self) -> Description:
        """What it is."""
        return Description(METHODS[self.learning.loss], "single words and signs of the text", STAYS)

    def cost(self, load: Load, fit: Seconds, serving: Serving) -> Cost:
        """Hours of this machine."""
        return on_this_machine(load, fit, serving)


# Dimensions, passes and rate were chosen by the folds of the UK-CAT training texts alone.
FASTTEXTS = {
    one.name: one
    for one in (
        FastText(FASTTEXT, Learning("ova", dim=50, epochs=50, rate=0.5)),
        FastText(SOFTMAX, Learning("softmax", dim=50, epochs=100, rate=0.5)),
    )
}


@dataclass(frozen=True)
class Wrapped:
    """A file from elsewhere as a model. ``unanswered``: codes of categories that it has no label
    for; ``unknown``: its labels that are no category."""

    model: FastTextModel
    unanswered: list[str]
    unknown: list[str]


def wrapped(
    data: bytes,
    sha256: str,
    categories: list[CategoryText],
    texts: LabelledTexts,
    classes: Mapping[str, str] | None = None,
) -> Wrapped:
    """A ``model.bin`` that fastText or BlazingText has trained elsewhere.

    Parameters
    ----------
    data : bytes
    sha256 : str
        Of the data; with another hash it is not read.
    categories : list of CategoryText
        In the order of the columns.
    texts : LabelledTexts
        For calibration and thresholds. Of texts that it was trained on it would be too sure.
    classes : mapping of str to str, or None
        A category's code for each label, without ``__label__``, where its labels are numbers.

    Raises
    ------
    CorruptArtifact
        If it cannot be read, or answers none of the categories.
    """
    binary = fasttext_binary.read(data, sha256)
    column = {category.code: at for at, category in enumerate(categories)}
    found: dict[int, str] = {}
    unknown = []
    for label in binary.labels:
        name = label.removeprefix(LABEL)
        # A number without a category is no category, also where a category is called so.
        code = code_of(label) if classes is None else classes.get(name)
        if code in column and column[code] not in found:
            found[column[code]] = label
        elif label != NOTHING:
            unknown.append(label)
    if not found:
        raise CorruptArtifact(
            f"None of the {len(binary.labels)} labels of the fastText file is a category of the "
            "taxonomy. Give the class map with which it was trained."
        )
    lines = lines_of(texts.corpus)
    columns = np.array(sorted(found), dtype=np.int64)
    part = Part.of(columns, [found[at] for at in columns], binary, lines)
    parts = Parts.of(len(categories), [part])
    snapshot = Snapshot(categories, texts, texts.corpus)
    model = calibrated(parts, parts.of_lines(lines), snapshot)
    return Wrapped(model, [c.code for c in categories if column[c.code] not in found], unknown)


def _restored(state: dict[str, Any]) -> FastTextModel:
    return Calibrated.restored(state, Parts.restored(state))
