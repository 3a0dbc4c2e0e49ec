"""Why a grant comes now, in words for whoever annotates it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from annotation.models import Grant, ModelVersion, QueueItem, Suggestion
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
class Chosen:
    """A grant at its place. ``covers``: the category it came for, by key; 0 for none."""

    grant_id: int
    stream: str
    speaks: bool
    covers: int


class Reasons:
    """Puts reasons into words, some hundred grants at a time.

    Args:
        thresholds: by key of the category, 0 to 1.
        labels: by key of the category.
    """

    def __init__(
        self, version: ModelVersion, thresholds: Mapping[int, float], labels: Mapping[int, str]
    ) -> None:
        self.version, self.thresholds, self.labels = version, thresholds, labels

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
            return f"Few examples of {self.labels[chosen.covers]}: the text speaks its words."
        if chosen.stream == Stream.VALUE:
            return f"A large amount: {sums[chosen.grant_id]}."
        return between.get(chosen.grant_id, UNSURE) if chosen.speaks else SAYS_TOO_LITTLE

    def _between(self, grants: list[int]) -> dict[int, str]:
        found: dict[int, list[tuple[int, float]]] = defaultdict(list)
        rows = Suggestion.objects.filter(model_version=self.version, grant__in=grants)
        for grant, category, score in rows.values_list("grant_id", "category_id", "score"):
            if category in self.thresholds:
                found[grant].append((category, score))
        return {grant: self._wavering(found.get(grant, [])) for grant in grants}

    def _wavering(self, suggested: list[tuple[int, float]]) -> str:
        proba = np.array([score for _, score in suggested])
        thresholds = np.array([self.thresholds[category] for category, _ in suggested])
        nearest = most_uncertain_between(proba, thresholds)
        names = [self.labels[suggested[place][0]] for place in nearest]
        if not names:
            return NO_CATEGORY
        if len(names) == 1:
            return f"The model is least sure about {names[0]} here."
        return f"The model is least sure between {names[0]} and {names[1]}."


def _amounts(grants: list[int]) -> dict[int, Grant]:
    return Grant.objects.only("amount_awarded", "currency").in_bulk(grants) if grants else {}
