"""Weights that the stacker starts from: what other taxonomies and texts have taught."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifier.ml.inputs import N_MEANING_INPUTS, N_RULE_INPUTS

FOLDER = Path(__file__).parent / "priors"
SOURCES = ("uk", "neh")
NAMES = ("pooled", *SOURCES, "none")
# A rule that matches adds this to the log-odds, until labels say how far it is to be trusted; the
# lexical matcher's weight for one.
RULE_WEIGHT = 3.0
# What a whole cosine of sentence vectors adds to the log-odds until labels say more. Chosen by the
# R@10 of the UK-CAT training texts (.59 > .68), whose labels no fit had seen: figures without
# labels on UK-CAT flatter a little, those on other data do not.
COSINE_WEIGHT = 5.0
DOCUMENT_COSINE, NAME_COSINE = 4, 7  # places among the inputs of sentence vectors

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Prior:
    """Weights of standardised inputs, each of shape (3 + 3 x n_inputs,); see ``stacker.py``.

    ``mean``, ``scale``: of the inputs. ``weights``: first the intercept.
    """

    mean: Vector
    scale: Vector
    weights: Vector

    def with_rules(self) -> Prior:
        """The same with room for the inputs of keyword rules, which no prior has learned."""
        filler = np.zeros(3 * N_RULE_INPUTS)
        weights = filler.copy()
        weights[0] = RULE_WEIGHT
        return self._widened(N_RULE_INPUTS, Prior(filler, filler + 1, weights))

    def with_meaning(self) -> Prior:
        """The same for texts with sentence vectors; the two cosines raise the log-odds.

        Their means and scales are those of NEH grants.
        """
        fields = json.loads((FOLDER / "meaning.json").read_text())
        mean, scale = np.array(fields["mu"]), np.array(fields["sd"])
        weights = np.zeros(len(mean))
        for place in (DOCUMENT_COSINE, NAME_COSINE):
            weights[place] = COSINE_WEIGHT * scale[place]
        return self._widened(N_MEANING_INPUTS, Prior(mean, scale, weights))

    def _widened(self, n: int, more: Prior) -> Prior:
        """``n`` inputs more at the end: as they are, x ln(1 + n) and / (1 + n)."""
        n_inputs = (len(self.weights) - 3) // 3
        places = np.repeat(1 + n_inputs * np.arange(1, 4), n)
        return Prior(
            np.insert(self.mean, places, more.mean),
            np.insert(self.scale, places, more.scale),
            np.insert(self.weights, places, more.weights),
        )


def prior_named(name: str) -> Prior | None:
    """A shipped prior; None for "none".

    "uk" was learned on 2,124 UK charities (UK-CAT), "neh" on grants of the National Endowment for
    the Humanities, each with models trained on 0 to 1,600 labels; "pooled" is their mean.

    Raises
    ------
    ValueError
        If no prior has this name.
    """
    if name not in NAMES:
        raise ValueError(f"There is no prior {name!r}. There are: {', '.join(NAMES)}.")
    if name == "none":
        return None
    return _pooled([_read(source) for source in SOURCES]) if name == "pooled" else _read(name)


def _read(source: str) -> Prior:
    fields = json.loads((FOLDER / f"{source}.json").read_text())
    return Prior(*(np.array(fields[key]) for key in ("mu", "sd", "w")))


def _pooled(priors: list[Prior]) -> Prior:
    """The mean of what they say of the same pair, on a common scale."""
    scale = np.sqrt(np.mean([prior.scale**2 for prior in priors], axis=0))
    mean = np.mean([prior.mean for prior in priors], axis=0)
    slopes = np.mean([prior.weights / prior.scale for prior in priors], axis=0)
    intercepts = [_intercept(prior) for prior in priors]
    weights = slopes * scale
    weights[0] = np.mean(intercepts) + (slopes[1:] * mean[1:]).sum()
    return Prior(mean, scale, weights)


def _intercept(prior: Prior) -> float:
    """The log-odds where every input is 0."""
    shifted = prior.weights[1:] * prior.mean[1:] / prior.scale[1:]
    return float(prior.weights[0] - shifted.sum())
