"""The training set that BlazingText is sent: in file mode, or as augmented manifest with class map.

It holds neither references nor recipients, in either form. Of the manifest AWS's pages say, for
BlazingText: supervised mode, ``source`` and ``label``, an array of labels, Pipe mode alone. The
wrapper of its records (RecordIO) is that of other built-in algorithms, and neither it nor the form
in which labels come back, ``__label__1``, was run against AWS: file mode is the safe choice.

Sources: Amazon SageMaker developer guide ("BlazingText algorithm", "Augmented Manifest Files for
Training Jobs"), API reference (Channel, S3DataSource).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from classifier import augmented_manifests
from classifier.backends.sagemaker_account import FILE_MODE, MANIFEST, Job
from classifier.interchange import FORMS, LabelledRow
from classifier.ml.holdout import LabelledTexts
from classifier.ml.text import CategoryText

CHANNEL = "train"
LINES, MANIFEST_LINES, CLASS_MAP = "train.txt", "train.manifest", "class-map.json"


@dataclass(frozen=True)
class TrainingSet:
    """``files``: name to bytes, all that lies below the job's key. ``classes``: the category of
    each number of an augmented manifest; None in file mode, where labels are codes.
    """

    files: dict[str, bytes]
    classes: dict[str, str] | None = None

    @property
    def content(self) -> bytes:
        """All that a model made of it depends on."""
        return b"\n".join(self.files.values())

    @property
    def input_mode(self) -> str:
        """How SageMaker hands it over; an augmented manifest can only be streamed."""
        return "File" if self.classes is None else "Pipe"

    def uri(self, job: Job) -> str:
        """What the job is told to read: all below a key, or the manifest alone."""
        return job.uri(job.input if self.classes is None else f"{job.input}{MANIFEST_LINES}")

    def channel(self, job: Job) -> dict[str, Any]:
        """AWS's parameters of the one channel."""
        source: dict[str, Any] = {
            "S3DataType": "S3Prefix",
            "S3Uri": self.uri(job),
            "S3DataDistributionType": "FullyReplicated",
        }
        given = {"ContentType": "text/plain"}
        if self.classes is not None:
            # The order of the names is the order in which a text and its labels come.
            source |= {"S3DataType": "AugmentedManifestFile", "AttributeNames": ["source", "label"]}
            given = {"ContentType": "application/x-recordio", "RecordWrapperType": "RecordIO"}
        return {
            "ChannelName": CHANNEL,
            "DataSource": {"S3DataSource": source},
            "InputMode": self.input_mode,
            **given,
        }


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
