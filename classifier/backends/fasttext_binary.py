"""fastText's ``model.bin``: made, checked, and read by fastText's own code.

Sources: fastText's ``Args::save``, ``Dictionary::save`` and ``DenseMatrix::save`` (the form of the
file); Amazon SageMaker developer guide, "BlazingText" (whose files are the same).
"""

from __future__ import annotations

import hashlib
import os
import struct
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.backends.fitted import Floats
from classifier.ml.artifacts import CorruptArtifact

MAGIC, VERSIONS = 793712314, (11, 12)
# Magic and version; dim, ws, epoch, minCount, neg, wordNgrams, loss, model, bucket, minn, maxn,
# lrUpdateRate, t; size, nwords, nlabels, ntokens, pruned.
HEAD = struct.Struct("<2i12id3i2q")
SUPERVISED = 3
LOSSES = {2: "ns", 3: "softmax", 4: "ova"}
FLOAT = 4  # bytes
HALVINGS = 6  # of the rate


@dataclass(frozen=True)
class Learning:
    """fastText's settings of a fit; ``loss``: ova (one against all the others) or softmax."""

    loss: str = "ova"
    dim: int = 50
    epochs: int = 50
    rate: float = 0.5


@dataclass(frozen=True)
class Binary:
    """A file that fastText has read: scores of lines in each of its labels."""

    data: bytes
    labels: list[str]
    loss: str
    model: Any  # fastText's own; it has no types
    weights: Floats  # of shape (n_labels, dim)

    @property
    def sha256(self) -> str:
        """Of the file."""
        return hashlib.sha256(self.data).hexdigest()

    def scores(self, lines: Iterable[str]) -> Floats:
        """Float32 of shape (n_lines, n_labels); NaN throughout where no word is known.

        What fastText puts into its logistic function or its softmax: its own probabilities come
        in 512 steps, and are 0 or 1 from 8 on.
        """
        vectors = np.stack([self._vector(line) for line in ["", *lines]])
        found = vectors @ self.weights.T
        found[(vectors == vectors[0]).all(axis=1)] = np.nan  # the end of a line counts as a word
        return np.asarray(found[1:], dtype=np.float32)

    def _vector(self, line: str) -> NDArray[np.float32]:
        # Half a character, as JSON may hold it, cannot be written.
        sound = line.encode("utf-8", "replace").decode()
        return np.asarray(self.model.get_sentence_vector(sound), dtype=np.float32)


class Diverged(Exception):
    """Numbers have grown without end, at every rate that was tried."""


def trained(lines: Sequence[str], words: Sequence[str], learning: Learning, seed: int) -> Binary:
    """A model of labelled lines; the same lines, words and seed give the same file.

    One thread. With one, fastText 0.9.2 draws random numbers for a tenth of its vectors and leaves
    the others as memory was (its issue 1061), so all of them are drawn here and handed over.

    Parameters
    ----------
    lines : sequence of str
        Labels, then words that are all among ``words``.
    words : sequence of str
        Without any of them twice.
    learning : Learning
    seed : int
    """
    with _folder() as folder:
        texts, vectors = _private(folder / "texts.txt"), _private(folder / "vectors.txt")
        with texts.open("w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
        _write_vectors(vectors, ["</s>", *words], learning.dim, seed)
        model = _train(texts, vectors, learning, seed)
        written = _private(folder / "model.bin")
        model.save_model(str(written))
        data = written.read_bytes()
    del model  # its dictionary has room for thirty million words, one that was read for its own
    return read(data, hashlib.sha256(data).hexdigest())


def _train(texts: Path, vectors: Path, learning: Learning, seed: int) -> Any:
    """Where the numbers grow without end, again at half the rate."""
    import fasttext

    for halved in range(HALVINGS):
        try:
            return fasttext.train_supervised(
                str(texts),
                loss=learning.loss,
                dim=learning.dim,
                epoch=learning.epochs,
                lr=learning.rate / 2**halved,
                # Neither pieces nor pairs of words: these have no place among the vectors.
                minn=0,
                maxn=0,
                wordNgrams=1,
                bucket=0,
                thread=1,
                seed=seed,
                verbose=0,
                pretrainedVectors=str(vectors),
            )
        except RuntimeError as error:
            if "NaN" not in str(error):
                raise
    raise Diverged(
        f"The numbers of fastText grow without end, at a rate of {learning.rate / 2**halved} too. "
        "Train with another backend."
    )


def read(data: bytes, sha256: str) -> Binary:
    """A ``model.bin``, handed to fastText only if it has this hash and can be what it says.

    Raises
    ------
    CorruptArtifact
        If it has another hash, or is no file of a supervised model that can be served here.
    """
    if hashlib.sha256(data).hexdigest() != sha256:
        raise CorruptArtifact(
            f"The fastText file has not the SHA-256 {sha256}, so it is not read. Give the file "
            "that was signed off, or its hash."
        )
    loss = _checked_loss(data)
    import fasttext

    with _folder() as folder:
        path = _private(folder / "model.bin")
        path.write_bytes(data)
        try:
            model = fasttext.load_model(str(path))
        except (ValueError, RuntimeError, MemoryError) as error:
            raise CorruptArtifact(f"fastText cannot read its file: {error}") from error
    labels = list(model.get_labels())
    return Binary(data, labels, loss, model, np.asarray(model.get_output_matrix()))


def _checked_loss(data: bytes) -> str:
    if len(data) < HEAD.size or struct.unpack_from("<2i", data) not in [
        (MAGIC, version) for version in VERSIONS
    ]:
        raise CorruptArtifact("It is no model.bin of fastText or BlazingText.")
    found = HEAD.unpack_from(data)
    dim, loss, kind, bucket = found[2], found[8], found[9], found[10]
    n_words, n_labels = found[16], found[17]
    if kind != SUPERVISED:
        raise CorruptArtifact("The fastText file holds word vectors, and no classifier.")
    if loss not in LOSSES:
        raise CorruptArtifact(
            "The fastText file was trained with a hierarchical softmax, which gives no score of "
            "each category. Train with the loss ova or softmax."
        )
    floats = (n_words + bucket + n_labels) * dim
    if min(dim, bucket + 1, n_words + 1, n_labels) < 1 or floats * FLOAT > len(data):
        raise CorruptArtifact(
            "The fastText file is cut short, or quantised (.ftz). Give the whole model.bin."
        )
    return LOSSES[loss]


def _write_vectors(path: Path, words: Sequence[str], dim: int, seed: int) -> None:
    drawn = np.random.default_rng(seed).uniform(-1 / dim, 1 / dim, (len(words), dim))
    with path.open("w", encoding="utf-8") as file:
        file.write(f"{len(words)} {dim}\n")
        for word, numbers in zip(words, drawn, strict=True):
            file.write(f"{word} {' '.join(f'{number:.7f}' for number in numbers)}\n")


@contextmanager
def _folder() -> Iterator[Path]:
    """For its owner alone (0700), and gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="classie-fasttext-") as name:
        yield Path(name)


def _private(path: Path) -> Path:
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    return path
