"""The ways of choosing that a simulation can compare, in the words of the pages.

The classifier computes them and has names, reasons and sources of its own; a test keeps both the
same, since no page loads the classifier.
"""

from dataclasses import dataclass

RANDOM, DEFAULT = "random", "default"


@dataclass(frozen=True)
class QueryStrategy:
    """One way to choose the next grant, why it might help, and who proposed it."""

    name: str
    label: str
    reason: str
    source: str

    @property
    def half(self) -> str:
        """Name of the mix that is half by lot and half this."""
        return f"half_{self.name}"


BY_LOT = QueryStrategy(
    RANDOM,
    "By lot",
    "Drawn by lot, so that figures stay honest and calibration fits ordinary grants.",
    "Attenberg and Provost 2011, section 4: without it nothing tells how good the rest is",
)
_ESULI = "Esuli and Sebastiani 2009, as modAL has it"
_LI = "Li, Wang and Sung 2004, as modAL has it"
QUERY_STRATEGIES = (
    QueryStrategy(
        "least_confident",
        "Least confident",
        "No category has a high probability.",
        "Lewis and Gale 1994; modAL's uncertainty",
    ),
    QueryStrategy(
        "mean_entropy",
        "Mean entropy",
        "Many categories are neither in nor out.",
        "Settles 2009, 3.1, by binary relevance",
    ),
    QueryStrategy(
        "margin",
        "Margin",
        "A category is close to the probability from which it is ticked.",
        "Tong and Koller 2001, simple margin, with tuned thresholds in place of 0",
    ),
    QueryStrategy(
        "coverage",
        "Coverage by words",
        "Its text speaks the words of a category that has few examples.",
        "own; the retrieval of rare classes in Attenberg and Provost 2010 by category text",
    ),
    QueryStrategy(
        "rare_category",
        "Rare categories",
        "It is likely to be an example of a category that has few.",
        "own; expected number of examples, each worth 1 / (1 + those there are)",
    ),
    QueryStrategy(
        "macro_gain",
        "Macro gain",
        "The answer is open for categories that have few examples.",
        "own; a proxy for the gain in macro-F1, where every category counts the same",
    ),
    QueryStrategy(
        "stacker_gain",
        "Expected gain",
        "The answer would move the regression that all categories share.",
        "Settles, Craven and Ray 2008, expected gradient length, of the shared weights",
    ),
    QueryStrategy(
        "committee",
        "Committee",
        "Parts of the model disagree.",
        "McCallum and Nigam 1998: mean divergence of the members from their mean",
    ),
    QueryStrategy(
        "value",
        "Large amounts",
        "Much money depends on a category that the model is not sure of.",
        "own; amount times the probability that the likeliest category is wrong",
    ),
    QueryStrategy(
        "modal_uncertainty",
        "modAL: uncertainty",
        "No category has a high probability.",
        "Lewis and Gale 1994, as modAL has it",
    ),
    QueryStrategy(
        "modal_min_confidence",
        "modAL: minimum confidence",
        "Some category is very unlikely, as nearly every grant has one.",
        _ESULI,
    ),
    QueryStrategy(
        "modal_avg_confidence",
        "modAL: average confidence",
        "The categories are likely on the whole: the easiest grants.",
        _ESULI,
    ),
    QueryStrategy(
        "modal_avg_score",
        "modAL: average score",
        "What would be ticked is likely: the easiest grants.",
        _ESULI,
    ),
    QueryStrategy(
        "modal_max_score",
        "modAL: maximum score",
        "A ticked category is very likely: the easiest grants.",
        _ESULI,
    ),
    QueryStrategy(
        "modal_max_loss",
        "modAL: maximum loss",
        "What would be ticked differs from the likeliest category alone.",
        _LI,
    ),
    QueryStrategy(
        "modal_mean_max_loss",
        "modAL: mean maximum loss",
        "What would be ticked differs from each category alone.",
        _LI,
    ),
)


def mix_labels() -> dict[str, str]:
    """Every mix that can be simulated: its name, and its words for people."""
    halves = {s.half: f"{s.label}, half by lot" for s in QUERY_STRATEGIES}
    alone = {s.name: f"{s.label} alone" for s in QUERY_STRATEGIES}
    return {RANDOM: BY_LOT.label, DEFAULT: "The mix a site starts with"} | halves | alone
