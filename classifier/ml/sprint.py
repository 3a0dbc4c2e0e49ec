"""Which grants to ask about when one category wants examples."""

import numpy as np
from numpy.typing import NDArray

MODEL, WORDS, RANDOM = "model", "words", "random"


def choose(
    proba: NDArray[np.float32],
    lexical: NDArray[np.float32],
    n: int,
    rng: np.random.Generator,
    random_share: float = 0.2,
) -> list[tuple[int, str]]:
    """The likeliest grants of one category, the model's and the matcher's in turns.

    Every fifth is drawn at random, so that a sprint does not only confirm what the model knows.

    Parameters
    ----------
    proba, lexical : ndarray of shape (n_grants,), 0 to 1
        Of the model and of the category's words; 0 says that nothing speaks for it.
    n : int
        How many to ask about; fewer where there are fewer grants.
    random_share : float, default=0.2

    Returns
    -------
    list of (int, str)
        Row and source ("model", "words" or "random") in the order of asking, each row once.
    """
    ranked = {MODEL: _best(proba), WORDS: _best(lexical)}
    drawn = [int(row) for row in rng.permutation(len(proba))]
    every = round(1 / random_share) if random_share else n + 1
    taken: dict[int, str] = {}
    turns = [MODEL, WORDS]
    while len(taken) < min(n, len(proba)):
        is_random = len(taken) % every == every - 1
        source = RANDOM if is_random else turns[len(taken) % 2]
        sources = [source] if is_random else [source, *(t for t in turns if t != source), RANDOM]
        row, source = _next(sources, ranked | {RANDOM: drawn}, taken)
        taken[row] = source
    return list(taken.items())


def _best(scores: NDArray[np.float32]) -> list[int]:
    order = np.argsort(-scores, kind="stable")
    return [int(row) for row in order[: np.count_nonzero(scores > 0)]]


def _next(
    sources: list[str], ranked: dict[str, list[int]], taken: dict[int, str]
) -> tuple[int, str]:
    """The first row of the first source that still has one."""
    for source in sources:
        rows = ranked[source]
        while rows and rows[0] in taken:
            rows.pop(0)
        if rows:
            return rows.pop(0), source
    raise ValueError("No row is left.")  # never: the drawn ones hold every row
