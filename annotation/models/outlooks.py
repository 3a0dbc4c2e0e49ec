"""What further labels would bring: computed with each gated version, kept as rows."""

from django.db import models
from django.db.models import F, Q


class Outlook(models.Model):
    """One score of a version: how sure it is, whether it still moves, and when it gets further.

    Scores are F1, 0 to 1. Without a category it is about the whole.
    """

    class Measure(models.TextChoices):
        MICRO_F1 = "micro_f1", "Micro-F1"
        MACRO_F1 = "macro_f1", "Macro-F1"
        F1 = "f1", "F1"

    class Kind(models.TextChoices):
        AUDIT = "audit", "Audit"
        LABELLED = "labelled", "Labelled"

    model_version = models.ForeignKey(
        "ModelVersion", on_delete=models.CASCADE, related_name="outlooks"
    )
    category = models.ForeignKey(
        "Category", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    measure = models.CharField(max_length=8, choices=Measure)
    kind = models.CharField(
        max_length=8,
        choices=Kind,
        help_text="grants that it was measured on: audit, else labelled out of fold",
    )
    n_labels = models.PositiveIntegerField(
        help_text="grants that the version learned from; of a category, its examples among them"
    )
    n_measured = models.PositiveIntegerField(
        help_text="grants that it was measured on; of a category, those that are of it"
    )
    score = models.FloatField(null=True, help_text="empty: too few grants of the category measured")
    low = models.FloatField(null=True, help_text="of the 95 % interval")
    high = models.FloatField(null=True)
    kappa = models.FloatField(
        null=True,
        help_text="how far it ticks as the version before did on the same random grants, -1 to 1",
    )
    is_stable = models.BooleanField(
        null=True, help_text="whether the last three kappas are .99 on average; empty: fewer"
    )
    slope = models.FloatField(null=True, help_text="what one further label brings now")
    slope_low = models.FloatField(null=True, help_text="of the 80 % interval")
    slope_high = models.FloatField(null=True)
    goal = models.FloatField(null=True, help_text="the next step of a twentieth")
    more = models.PositiveIntegerField(
        null=True, help_text="further labels to the goal; empty beside a goal: not in sight"
    )
    more_low = models.PositiveIntegerField(null=True, help_text="of the 80 % interval")
    more_high = models.PositiveIntegerField(null=True)
    forecast = models.CharField(max_length=300, blank=True, help_text="the same in words")
    seconds_each = models.FloatField(
        null=True, help_text="active seconds of an annotation, mean of the newest five hundred"
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["model_version", "measure"],
                condition=Q(category=None),
                name="one_outlook_of_a_measure",
            ),
            models.UniqueConstraint(
                fields=["model_version", "category"],
                condition=Q(category__isnull=False),
                name="one_outlook_of_a_category",
            ),
            models.CheckConstraint(
                condition=Q(category=None, measure__in=["micro_f1", "macro_f1"])
                | Q(category__isnull=False, measure="f1"),
                name="a_category_has_an_f1_and_the_whole_its_means",
            ),
            models.CheckConstraint(
                condition=Q(score=None, low=None, high=None)
                | Q(score__isnull=False, low__isnull=False, high__isnull=False)
                & Q(score__gte=0, score__lte=1, low__gte=0, high__lte=1, low__lte=F("high")),
                name="a_score_and_its_interval_are_shares",
            ),
            models.CheckConstraint(
                condition=Q(kappa=None, is_stable=None)
                | Q(kappa__isnull=False, kappa__gte=-1, kappa__lte=1),
                name="kappa_is_an_agreement",
            ),
            models.CheckConstraint(
                condition=Q(slope=None, slope_low=None, slope_high=None, goal=None)
                | Q(slope__isnull=False, slope_low__isnull=False, slope_high__isnull=False),
                name="a_slope_has_an_interval_and_a_goal_has_a_slope",
            ),
            models.CheckConstraint(
                condition=Q(goal__isnull=False) | Q(more=None, more_low=None, more_high=None),
                name="more_labels_lead_to_a_goal",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["audit", "labelled"]), name="measured_on_audit_or_labelled"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.measure} of v{self.model_version_id}"
