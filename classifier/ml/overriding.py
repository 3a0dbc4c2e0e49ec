"""How often people take ticks away in parts of the grants, and where more than in the whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from classifier.ml.figures import N_BOOT, Figure, ratio, share_of
from classifier.ml.slicing import LEAST, N_SHUFFLES, ROUNDING

# (ticks, those of them taken away) of a grant -> how many grants are so. Without ticks none is.
Ticked = Counter[tuple[int, int]]


def overridden(part: Ticked, seed: int = 0) -> Figure | None:
    """The share of ticks taken away, its interval by drawing grants again (Efron 1979).

    The ticks of one grant are taken away together, so they are no draws of their own. None under
    ten ticks.
    """
    ticks, away, n = _columns(part)
    n_ticks = int((ticks * n).sum())
    if n_ticks < LEAST:
        return None
    drawn = np.random.default_rng(seed).multinomial(n.sum(), n / n.sum(), size=N_BOOT)
    counts = np.vstack([n, drawn])
    return share_of(
        ratio(counts @ away.astype(np.float64), counts @ ticks.astype(np.float64)), n_ticks
    )


def chances_of_more(parts: Sequence[Ticked], whole: Ticked, seed: int = 0) -> list[float | None]:
    """For each part, how often as many random grants have a share as high (Fisher 1935).

    Which grants are alike does not matter to the share, so a random part is drawn by how many of
    each kind it holds. At least 1 / (N_SHUFFLES + 1), since the part itself is one of the draws.

    Parameters
    ----------
    parts : sequence of Ticked
        Parts of the whole.
    whole : Ticked

    Returns
    -------
    list of float or None
        None under ten grants with ticks, and for a part that is the whole.
    """
    ticks, away, n = _columns(whole)
    n_ticks, n_away = ticks.astype(np.float64), away.astype(np.float64)
    rng = np.random.default_rng(seed)
    found: list[float | None] = []
    for part in parts:
        size = part.total()
        if not LEAST <= size < n.sum():
            found.append(None)
            continue
        own = _share(part)
        drawn = rng.multivariate_hypergeometric(n, size, size=N_SHUFFLES, method="marginals")
        as_high = ratio(drawn @ n_away, drawn @ n_ticks) >= own - ROUNDING
        found.append(float((1 + as_high.sum()) / (N_SHUFFLES + 1)))
    return found


def _share(part: Ticked) -> float:
    ticks, away, n = _columns(part)
    return float((away * n).sum() / (ticks * n).sum())


def _columns(part: Ticked) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Ticks, those taken away, and the number of grants, of each kind of grant."""
    kinds = sorted(part)
    ticks, away = np.array(kinds, dtype=np.int64).reshape(-1, 2).T
    return ticks, away, np.array([part[kind] for kind in kinds], dtype=np.int64)
