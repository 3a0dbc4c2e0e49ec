"""The training set that BlazingText is sent, as the one channel of its job.

It knows no numpy: the pages ask how a job stands by the module that begins one.

Of an augmented manifest AWS's pages say, for BlazingText: supervised mode, ``source`` and
``label``, an array of labels, Pipe mode alone. The wrapper of its records (RecordIO) is that of
other built-in algorithms, and neither it nor the form in which labels come back, ``__label__1``,
was run against AWS: file mode is the safe choice.

Sources: Amazon SageMaker developer guide ("BlazingText algorithm", "Augmented Manifest Files for
Training Jobs"), API reference (Channel, S3DataSource).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from classifier.backends.sagemaker_account import Job

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
