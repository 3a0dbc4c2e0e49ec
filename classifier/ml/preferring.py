"""Which of several measured options to take, in plain words and with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.ml import metrics
from classifier.ml.figures import N_BOOT, Figure, bootstrap_weights, figure
from classifier.ml.holdout import Scored

DECIDING = {"macro_f1": "macro-F1", "recall_at_10": "share found in the first ten"}
ENOUGH = 10  # measured texts
# A name to what each of the figures comes to on the same resamplings of the same texts.
Replicates = Mapping[str, Mapping[str, list[float]]]


@dataclass(frozen=True)
class Preference:
    """``option``: its name, None where too little was measured. ``leads``: whether the standard
    has the highest value of both deciding figures, None if it was not measured. ``differences``:
    of each other option to the standard, above 0 where that option is better.
    """

    option: str | None
    reason: str
    leads: bool | None
    differences: dict[str, dict[str, Figure]]

    def as_json(self) -> dict[str, Any]:
        """The same as dicts and numbers."""
        return asdict(self)


def replicates(scored: Scored, seed: int) -> dict[str, list[float]]:
    """The deciding figures on all texts (first) and on 500 resamplings, the same for each option.

    Texts are drawn anew with one seed, so options measured on the same texts may be compared
    draw by draw (paired bootstrap).
    """
    known = scored.measured.known
    rows = known.any(axis=1)
    right = (known & (scored.measured.y == 1))[rows]
    ticked = (known & scored.answers.decided)[rows]
    weights = bootstrap_weights(len(right), N_BOOT, seed)
    proba = scored.answers.proba[rows]
    ranks = metrics.ranks_of(proba, known[rows], np.random.default_rng(seed))
    found = {
        "macro_f1": metrics.macro_f1(weights, right, ticked),
        "recall_at_10": metrics.recall_at_10(weights, right, ranks),
    }
    return {name: [round(float(value), 6) for value in values] for name, values in found.items()}


def prefer(
    drawn: Replicates, standard: str, n_measured: int, words: Mapping[str, str] | None = None
) -> Preference:
    """Take the standard, unless another option is better beyond doubt.

    Better is: more macro-F1, the 95 % interval of the difference above 0, and not surely less in
    the first ten. Of several such options the one with the highest macro-F1.

    Parameters
    ----------
    drawn : mapping of a name to what :func:`replicates` gave
    standard : str
        The option that the site uses; it needs no reason to stay.
    n_measured : int
        Texts; under ten nothing is said.
    words : mapping of a name to what people read for it in the reason, optional
    """
    called = {name: f"“{(words or {}).get(name, name)}”" for name in (standard, *drawn)}
    differences = {
        name: {key: figure(_series(drawn, name, key) - _series(drawn, standard, key))
               for key in DECIDING}
        for name in drawn
        if standard in drawn and name != standard
    }  # fmt: skip
    leads = None
    if standard in drawn:
        leads = all(d[key].value <= 0 for d in differences.values() for key in DECIDING)
    if n_measured < ENOUGH:
        reason = f"Too few texts were measured: {n_measured} of {ENOUGH}."
        return Preference(None, reason, leads, differences)
    best = max(drawn, key=lambda name: drawn[name]["macro_f1"][0])
    if standard not in drawn:
        reason = (
            f"Of the options measured it has the highest macro-F1; {called[standard]} is not "
            "among. Measure that one, too."
        )
        return Preference(best, reason, None, differences)
    better = [
        name
        for name, found in differences.items()
        if found["macro_f1"].low > 0 and found["recall_at_10"].high >= 0
    ]
    if better:
        option = max(better, key=lambda name: drawn[name]["macro_f1"][0])
        said = _told(called[option], differences[option], called[standard])
        return Preference(option, f"{said} That is more than chance gives.", leads, differences)
    stays = _why_to_stay(standard, differences, leads, called)
    return Preference(standard, stays, leads, differences)


def _why_to_stay(
    standard: str,
    differences: Mapping[str, Mapping[str, Figure]],
    leads: bool | None,
    called: Mapping[str, str],
) -> str:
    ours = called[standard]
    if not differences:
        return f"Nothing else was measured beside {ours}."
    nearest = max(differences, key=lambda name: differences[name]["macro_f1"].value)
    said = _told(called[nearest], differences[nearest], ours)
    if leads:
        return f"It leads on both deciding figures. {said}"
    ahead = [
        _told(called[name], found, ours)
        for name, found in differences.items()
        if any(found[key].value > 0 for key in DECIDING)
    ]
    return (
        f"{ours} does not lead on every deciding figure: {' '.join(ahead)} No option is "
        "better on macro-F1 beyond chance without being worse in the first ten, so there is no "
        "reason to leave it."
    )


def _told(name: str, found: Mapping[str, Figure], standard: str) -> str:
    parts = [
        f"{words} {_signed(found[key].value)} "
        f"({_signed(found[key].low)} to {_signed(found[key].high)})"
        for key, words in DECIDING.items()
    ]
    return f"{name} against {standard}: {', '.join(parts)}."


def _signed(number: float) -> str:
    return f"{number:+.3f}".replace("-", "\N{MINUS SIGN}")


def _series(drawn: Replicates, name: str, key: str) -> NDArray[np.float64]:
    return np.array(drawn[name][key])
