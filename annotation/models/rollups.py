"""Figures kept beside what they are counted from, so that a page reads rows and never a million."""

from django.db import models
from django.db.models import F, Q

from annotation.models.keys_field import KeysField


class GrantRollup(models.Model):
    """What one grant adds to the figures of categories, as it was counted last.

    Whoever changes what stands for the grant locks this row, counts the grant anew, and carries the
    difference over to the categories. A grant without a row adds nothing.
    """

    # Whoever deletes a grant has to take it out of the figures first.
    grant = models.OneToOneField(
        "Grant", primary_key=True, on_delete=models.PROTECT, related_name="rollup"
    )
    examples = KeysField(default=list, help_text="sorted keys of the categories that stand for it")
    above = KeysField(
        default=list, help_text="sorted keys of all above these that do not stand for it themselves"
    )
    pending = KeysField(
        default=list, help_text="sorted keys of those offered and ticked while it waits"
    )
    is_labelled = models.BooleanField(default=False, help_text="some category stands for it")
    # All that stands was given between them: of days that hold both, ``examples`` is all there is.
    given_first_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="when the first of all that stands for it was given; empty: nothing does, or "
        "nobody has counted it since this is kept",
    )
    given_last_at = models.DateTimeField(
        null=True, blank=True, help_text="when the last of it was given"
    )

    class Meta:
        indexes = [
            models.Index(
                fields=["grant"], condition=Q(is_labelled=True), name="grants_that_are_labelled"
            ),
            models.Index(
                fields=["given_first_at", "given_last_at"],
                condition=Q(is_labelled=True),
                name="labelled_grants_by_day",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(given_first_at=None, given_last_at=None)
                | Q(
                    given_first_at__isnull=False,
                    given_last_at__isnull=False,
                    given_first_at__lte=F("given_last_at"),
                ),
                name="what_stands_was_given_from_a_first_to_a_last",
            ),
        ]


class CategoryRollup(models.Model):
    """One category's figures. A category without a row has none but zeros."""

    category = models.OneToOneField(
        "Category", primary_key=True, on_delete=models.CASCADE, related_name="rollup"
    )
    examples = models.IntegerField(default=0, help_text="grants it stands for")
    of_pool = models.IntegerField(default=0, help_text="those of them outside the audit stream")
    with_below = models.IntegerField(
        default=0, help_text="grants that it or anything below it stands for"
    )
    pending = models.IntegerField(default=0, help_text="waiting grants it is ticked for")
    pending_of_pool = models.IntegerField(
        default=0, help_text="those of them outside the audit stream"
    )
    accepted = models.IntegerField(
        default=0, help_text="verdicts of standing annotations whose makers saw suggestions"
    )
    rejected = models.IntegerField(default=0, help_text="as accepted")
    added = models.IntegerField(default=0, help_text="as accepted")
    left = models.IntegerField(default=0, help_text="as accepted")
    reviewed_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="newest verdict of anybody on it, in whatever way, taken back since or not",
    )
    audit_right = models.PositiveIntegerField(
        default=0, help_text="audit grants decided blind to which it belongs; of the last night"
    )
    audit_ticked = models.PositiveIntegerField(
        default=0, help_text="those that the model ticks it for; of the last night"
    )
    audit_hits = models.PositiveIntegerField(
        default=0, help_text="those of both; of the last night"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(audit_hits__lte=F("audit_right"))
                & Q(audit_hits__lte=F("audit_ticked")),
                name="audit_hits_are_right_and_ticked",
            ),
        ]


class CoverageNightQuerySet(models.QuerySet["CoverageNight"]):
    def due(self) -> "CoverageNightQuerySet":
        of_the_night = Q(counted_at=None) | Q(counted_at__lt=F("requested_at"))
        return self.filter(of_the_night) | self.asked()

    def asked(self) -> "CoverageNightQuerySet":
        """Those without which figures are old: categories have moved, and nothing follows them."""
        return self.filter(n_answered__lt=F("n_asked"))


class CoverageNight(models.Model):
    """A day's count of everything: what the rollups had wrong, and how coverage stood.

    Each night asks for one. So does whoever moves categories, which only a whole count follows.
    """

    for_date = models.DateField(unique=True, help_text="local date of the site")
    requested_at = models.DateTimeField(
        null=True, blank=True, help_text="when the night asked for it; empty: it has not yet"
    )
    counted_at = models.DateTimeField(
        null=True, blank=True, help_text="when the last count began; empty: it is still due"
    )
    n_asked = models.PositiveIntegerField(
        default=0, help_text="times that something has changed which only a whole count follows"
    )
    n_answered = models.PositiveIntegerField(
        default=0, help_text="those of them that the last count began after"
    )
    n_drifted = models.PositiveIntegerField(
        default=0, help_text="rows of rollups that were wrong, and no move of categories tells why"
    )
    n_labelled = models.PositiveIntegerField(default=0, help_text="grants with any category")
    bands = models.JSONField(
        default=dict,
        help_text="facet -> [categories in each of the five bands], categories in use",
    )
    examples = models.JSONField(
        default=dict,
        help_text="facet -> [examples of the categories in each of the five bands]",
    )

    objects = CoverageNightQuerySet.as_manager()

    class Meta:
        ordering = ["for_date"]
        constraints = [
            models.CheckConstraint(
                condition=Q(n_answered__lte=F("n_asked")), name="a_count_answers_what_was_asked"
            ),
        ]

    def __str__(self) -> str:
        return f"count of {self.for_date}"

    @property
    def is_due(self) -> bool:
        """As ``CoverageNightQuerySet.due``."""
        if self.counted_at is None or self.n_answered < self.n_asked:
            return True
        return self.requested_at is not None and self.counted_at < self.requested_at
