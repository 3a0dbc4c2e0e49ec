"""The training set that BlazingText is sent: in file mode, or as augmented manifest with class map.

It holds neither references nor recipients, in either form.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np

from classifier import augmented_manifests
from classifier.backends.sagemaker_account import FILE_MODE, MANIFEST
from classifier.backends.sagemaker_channel import CLASS_MAP, LINES, MANIFEST_LINES, TrainingSet
from classifier.interchange import FORMS, LabelledRow
from classifier.ml.holdout import LabelledTexts
from classifier.ml.text import CategoryText


def training_set(form: str, taught: LabelledTexts, categories: list[CategoryText]) -> TrainingSet:
    """The same texts and answers, in either form.

    Parameters
    ----------
    form : str
        ``FILE_MODE`` or ``MANIFEST``.
    taught : LabelledTexts
        Each with a category.
    categories : list of CategoryText
    """
    return {FILE_MODE: _in_file_mode, MANIFEST: _as_manifest}[form](taught, categories)


def _in_file_mode(taught: LabelledTexts, categories: list[CategoryText]) -> TrainingSet:
    codes = [category.code for category in categories]
    return TrainingSet({LINES: _joined(FORMS["fasttext"].write(_rows(taught, codes), codes))})


def _as_manifest(taught: LabelledTexts, categories: list[CategoryText]) -> TrainingSet:
    codes = [category.code for category in categories]
    classes = augmented_manifests.class_map_of(codes)
    return TrainingSet(
        {
            MANIFEST_LINES: _joined(augmented_manifests.write(_rows(taught, codes), classes)),
            CLASS_MAP: _joined([json.dumps(classes, indent=1)]),
        },
        classes,
    )


def _rows(taught: LabelledTexts, codes: list[str]) -> Iterator[LabelledRow]:
    answers = taught.known & (taught.y > 0)
    for row, text in enumerate(taught.corpus.texts):
        # Half a character, as JSON may hold it, is no text to anybody else.
        sound = text.encode("utf-8", "replace").decode()
        given = tuple(codes[at] for at in np.flatnonzero(answers[row]))
        yield LabelledRow("", "", sound, given)


def _joined(lines: Iterator[str] | list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()
