"""Labels in doubt that somebody has sent to be checked: what was doubted, by whom and when."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from annotation.models.queue import QueueItem


class LabelCheckQuerySet(models.QuerySet["LabelCheck"]):
    def of_current_taxonomy(self) -> "LabelCheckQuerySet":
        return self.filter(category__taxonomy__is_current=True)

    def awaited(self) -> "LabelCheckQuerySet":
        """Whose grant waits in the queue for its check."""
        waiting = QueueItem.objects.open().filter(stream=QueueItem.Stream.RECHECK)
        return self.filter(Exists(waiting.filter(grant=OuterRef("grant"))))


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

    objects = LabelCheckQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["grant", "category"], name="a_label_in_doubt_is_checked_once"
            ),
            models.CheckConstraint(
                condition=Q(proba__gte=0) & Q(proba__lte=1), name="a_doubt_has_a_probability"
            ),
        ]
