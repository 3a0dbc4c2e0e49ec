"""Labels in doubt that somebody has sent to be checked: what was doubted, by whom and when."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from annotation.models.queue import QueueItem


class LabelCheckQuerySet(models.QuerySet["LabelCheck"]):
    def standing(self) -> "LabelCheckQuerySet":
        """All but those that were taken back: of these nothing is left but that they were sent."""
        return self.filter(taken_back_at=None)

    def of_current_taxonomy(self) -> "LabelCheckQuerySet":
        return self.standing().filter(category__taxonomy__is_current=True)

    def awaited(self) -> "LabelCheckQuerySet":
        """Whose grant waits in the queue for its check."""
        waiting = QueueItem.objects.open().filter(stream=QueueItem.Stream.RECHECK)
        return self.standing().filter(Exists(waiting.filter(grant=OuterRef("grant"))))


class LabelCheck(models.Model):
    """One answer in doubt. Whoever checks its grant decides it blind and never sees this row.

    Such grants are chosen because they look wrong: figures on how well people agree leave out what
    was annotated after it was sent.
    """

    grant = models.ForeignKey("Grant", on_delete=models.CASCADE, related_name="label_checks")
    category = models.ForeignKey("Category", on_delete=models.CASCADE, related_name="+")
    was_given = models.BooleanField(help_text="the label was given; else it was missing")
    proba = models.FloatField(
        help_text="of the category, by a model that had not seen the answer, 0 to 1"
    )
    report = models.ForeignKey(
        "StoredReport", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField(auto_now_add=True)
    taken_back_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    taken_back_at = models.DateTimeField(null=True, blank=True)

    objects = LabelCheckQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["grant", "category"],
                condition=Q(taken_back_at=None),
                name="a_label_in_doubt_is_checked_once",
            ),
            models.CheckConstraint(
                condition=Q(taken_back_by=None, taken_back_at=None)
                | Q(taken_back_by__isnull=False, taken_back_at__isnull=False),
                name="a_check_taken_back_names_who_did_it",
            ),
            models.CheckConstraint(
                condition=Q(proba__gte=0) & Q(proba__lte=1), name="a_doubt_has_a_probability"
            ),
        ]
