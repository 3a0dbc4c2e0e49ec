"""Why a grant comes now, in words for whoever annotates it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from annotation.models import Grant, QueueItem, Suggestion
from annotation.services.decisions import SECOND_OPINION
from annotation.templatetags.words import money
from classifier.ml.mixing import most_uncertain_between

Stream = QueueItem.Stream
LONGEST = 300
UNSURE = "The model is not sure about this grant."
NO_CATEGORY = "The model finds no category for it."
SAYS_TOO_LITTLE = "Its text says too little to learn from, so it comes late."
FIXED = {
    Stream.RANDOM: "Drawn at random, so that the figures stay honest.",
    Stream.AUDIT: "Audit: it measures the model and never trains it.",
    Stream.OVERLAP: SECOND_OPINION,
    Stream.RECHECK: "A check of what was annotated before.",
}


@dataclass(frozen=True)
class Known:
    """What the order depends on besides the grants; all by key of the category.

    ``examples``: how well each category that may be suggested is off (``wants.as_examples``).
    ``asked``: those that somebody asks for, with their names.
    """

    examples: Mapping[int, float]
    thresholds: Mapping[int, float]
    labels: Mapping[int, str]
    asked: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Chosen:
    """A grant at its place. ``covers``: the category it came for, by key; 0 for none.

    ``is_asked_for``: it came since somebody asks for that category.
    """

    grant_id: int
    stream: str
    speaks: bool
    covers: int
    is_asked_for: bool = False


class Reasons:
    """Puts reasons into words, some hundred grants at a time."""

    def __init__(self, known: Known) -> None:
        self.known = known

    def of(self, batch: Sequence[Chosen], *, in_detail: bool) -> list[str]:
        """One reason for each, in their order. Two queries at most.

        Args:
            in_detail: name the categories that the model wavers between.
        """
        unsure = [c.grant_id for c in batch if c.stream == Stream.LEAST_CONFIDENT and c.speaks]
        between = self._between(unsure) if in_detail else {}
        rich = [c.grant_id for c in batch if c.stream == Stream.VALUE]
        sums = {pk: money(grant) for pk, grant in _amounts(rich).items()}
        return [self._words(chosen, between, sums)[:LONGEST] for chosen in batch]

    def _words(self, chosen: Chosen, between: dict[int, str], sums: dict[int, str]) -> str:
        if chosen.stream in FIXED:
            return FIXED[Stream(chosen.stream)]
        if chosen.stream == Stream.COVERAGE:
            label = self.known.labels[chosen.covers]
            if chosen.is_asked_for:
                return f"Asked for by {self.known.asked[chosen.covers]}: it may be {label}."
            return f"Few examples of {label}: the text speaks its words."
        if chosen.stream == Stream.VALUE:
            # A grant may be deleted meanwhile; nobody will read its reason.
            return f"A large amount: {sums.get(chosen.grant_id, 'unknown')}."
        return between.get(chosen.grant_id, UNSURE) if chosen.speaks else SAYS_TOO_LITTLE

    def _between(self, grants: list[int]) -> dict[int, str]:
        found: dict[int, list[tuple[int, float]]] = defaultdict(list)
        rows = Suggestion.objects.of_last_readers().filter(grant__in=grants)
        for grant, category, score in rows.values_list("grant_id", "category_id", "score"):
            if category in self.known.thresholds:
                found[grant].append((category, score))
        return {grant: self._wavering(found.get(grant, [])) for grant in grants}

    def _wavering(self, suggested: list[tuple[int, float]]) -> str:
        proba = np.array([score for _, score in suggested])
        thresholds = np.array([self.known.thresholds[category] for category, _ in suggested])
        nearest = most_uncertain_between(proba, thresholds)
        names = [self.known.labels[suggested[place][0]] for place in nearest]
        if not names:
            return NO_CATEGORY
        if len(names) == 1:
            return f"The model is least sure about {names[0]} here."
        return f"The model is least sure between {names[0]} and {names[1]}."


def _amounts(grants: list[int]) -> dict[int, Grant]:
    return Grant.objects.only("amount_awarded", "currency").in_bulk(grants) if grants else {}
