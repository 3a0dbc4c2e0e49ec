"""How the turns of the queue are shared out among its streams."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F
from django.db.models.lookups import LessThanOrEqual

# Setting -> the stream that it gives turns to. What they leave goes to the least confident.
TURNS = {
    "audit_turns": "audit",
    "random_share": "random",
    "coverage_share": "coverage",
    "value_share": "value",
    "recheck_share": "recheck",
}
REST = "least_confident"
ROUNDING = 1e-6  # shares are typed in per cent, and not all of them are exact in binary
NO_MORE_THAN_ALL = models.CheckConstraint(
    condition=LessThanOrEqual(
        sum((F(name) for name in TURNS), start=models.Value(0.0)), 1 + ROUNDING
    ),
    name="turns_of_the_queue_are_no_more_than_all",
)


class QueueShares(models.Model):
    """Of 100 grants that are handed out for the first time, how many come from which stream."""

    audit_turns = models.FloatField(
        "Audit in the queue",
        default=0.10,
        help_text="Share of turns that go to the audit stream. As large as the stream itself, both "
        "end together.",
    )
    random_share = models.FloatField(
        "Random grants in the queue",
        default=0.45,
        help_text="Share of turns drawn by lot. Thresholds, calibration and honest figures need "
        "them, so they are never fewer than 10 %. Raised later, it adds what the other streams "
        "have left over; that tends to be easier, so figures look a little too good.",
    )
    coverage_share = models.FloatField(
        "Coverage in the queue",
        default=0.18,
        help_text="Share of turns for grants whose text speaks the words of a category that has "
        "few examples, and for what is asked for on a category's page.",
    )
    value_share = models.FloatField(
        "Large amounts in the queue",
        default=0.0,
        help_text="Share of turns for grants where much money depends on a category that the model "
        "is not sure of.",
    )
    recheck_share = models.FloatField(
        "Checks in the queue",
        default=0.0,
        help_text="Share of turns for grants that were annotated before, drawn by lot: another "
        "person decides them once more without suggestions.",
    )

    order_every = models.PositiveIntegerField(
        "Learned and ordered anew after",
        default=100,
        help_text="So many annotations after which, between two nights, what was annotated is "
        "learned, the suggestions of the next thousand grants are made anew, and the beginning of "
        "the queue is ordered anew. 0: at night only.",
    )

    class Meta:
        abstract = True

    def clean(self) -> None:
        super().clean()
        if problem := too_many_turns({name: getattr(self, name) for name in TURNS}):
            raise ValidationError({"random_share": problem})

    @property
    def shares(self) -> dict[str, float]:
        """Stream -> its share of the turns, 0 to 1; together 1."""
        given = {stream: getattr(self, name) for name, stream in TURNS.items()}
        return given | {REST: max(0.0, 1 - sum(given.values()))}

    @property
    def random_of_pool(self) -> float:
        """Share of the pool whose lot puts it into the random stream, once and for ever.

        As large as its part of the turns that go to the pool, so that it ends with the others.
        """
        chosen = sum(self.shares[stream] for stream in (REST, "coverage", "value"))
        return self.random_share / (self.random_share + chosen)


def too_many_turns(shares: dict[str, float]) -> str:
    """What is wrong with shares by setting, in words; empty when they fit."""
    total = sum(shares.values())
    if total <= 1 + ROUNDING:
        return ""
    return (
        f"The shares of the queue add up to {round(total * 100, 2):g} %. Take "
        f"{round(total * 100 - 100, 2):g} points off: what the model is least sure about gets the "
        "rest up to 100 %."
    )
