"""Named mixes of streams: what a simulation compares, and the one that the site starts with."""

from __future__ import annotations

from collections.abc import Mapping

from classifier.ml.querying import STRATEGIES  # ours and modAL's
from classifier.ml.sampling import COVERAGE, LEAST_CONFIDENT, RANDOM

DEFAULT = "default"
HALF = 0.5
# Never a strategy alone: the lot feeds calibration, thresholds and every honest figure.
LEAST_RANDOM = 0.1

MIXES: dict[str, dict[str, float]] = {
    DEFAULT: {RANDOM: HALF, LEAST_CONFIDENT: 0.3, COVERAGE: 0.2},
    **{f"half_{name}": {RANDOM: HALF, name: HALF} for name in STRATEGIES if name != RANDOM},
    **{name: {name: 1.0} for name in STRATEGIES},
}


def mix_named(name: str) -> Mapping[str, float]:
    """The shares of a named mix.

    Raises
    ------
    ValueError
        If there is none of this name; the message lists them.
    """
    if name not in MIXES:
        raise ValueError(f"There is no strategy {name!r}. There are {', '.join(MIXES)}.")
    return MIXES[name]
