"""What a classifier is taught: answers and their weights, checked."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MIN_RANDOM_POSITIVES = 20


def checked(
    shape: tuple[int, int], y: object, known: object, tune: object
) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]:
    """Answers that are 0 where unknown, what is known, and which texts tune.

    Parameters
    ----------
    shape : tuple of int
        (n_texts, n_categories), which ``y`` and ``known`` must have; ``tune`` is (n_texts,).

    Raises
    ------
    ValueError
        If the shapes do not belong together.
    """
    # int64 whatever comes: narrower indicators overflow when they are counted.
    answers = np.asarray(y, dtype=np.int64)
    known, tune = np.asarray(known, dtype=bool), np.asarray(tune, dtype=bool)
    if answers.shape != shape or known.shape != shape or tune.shape != shape[:1]:
        raise ValueError(
            f"{shape[0]} texts and {shape[1]} categories need y and known of shape {shape} "
            f"and tune of shape {shape[:1]}; got {answers.shape}, {known.shape}, {tune.shape}."
        )
    return answers * known, known, tune


def pairs_to_tune_on(
    y: NDArray[np.int64], known: NDArray[np.bool_], tune: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], bool]:
    """The pairs for calibration and thresholds, of the shape of ``y``: the known ones of the texts
    marked by ``tune``, or of all where these have fewer than 20 positives; and whether they do not.
    """
    enough = bool(y[tune].sum() >= MIN_RANDOM_POSITIVES)
    return (known & tune[:, None] if enough else known), enough


def weights_of(
    known: NDArray[np.bool_], weights: NDArray[np.float32] | None
) -> NDArray[np.float32]:
    """Weights of all pairs, float32 of shape (n_texts, n_categories), 0 where unknown.

    Raises
    ------
    ValueError
        If they have another shape, or one lies outside 0 to 1.
    """
    if weights is None:
        return known.astype(np.float32)
    given = np.asarray(weights, dtype=np.float32)
    if given.shape != known.shape or not ((given >= 0) & (given <= 1)).all():
        raise ValueError(
            f"The weights must have the shape {known.shape} and lie between 0 and 1; they have "
            f"the shape {given.shape} and go from {given.min()} to {given.max()}."
        )
    return given * known
