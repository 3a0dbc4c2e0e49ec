"""Notices: what administrators should know of and do something about."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

MAIL_ATTEMPTS = 8


class NoticeQuerySet(models.QuerySet["Notice"]):
    def standing(self) -> "NoticeQuerySet":
        """Their cause goes on, whether or not somebody has dismissed them."""
        return self.filter(closed_at=None)

    def open(self) -> "NoticeQuerySet":
        """What administrators are shown: the cause goes on and nobody has dismissed it."""
        return self.standing().filter(dismissed_at=None)

    def over(self) -> "NoticeQuerySet":
        """Dismissed, or without a cause by now."""
        return self.filter(Q(closed_at__isnull=False) | Q(dismissed_at__isnull=False))

    def to_mail(self, now: datetime) -> "NoticeQuerySet":
        """Open, not sent yet, and due for another try."""
        unsent = self.open().filter(mailed_at=None, mail_attempts__lt=MAIL_ATTEMPTS)
        return unsent.filter(mail_due_at__lte=now)


class Notice(models.Model):
    """One cause for alarm, from its beginning to its end.

    A dismissed notice stands until its cause ends, so that the same cause opens no second one.
    It holds ids and counts, never the text of a grant.
    """

    class Kind(models.TextChoices):
        TRAINING = "training", "Training"
        NIGHT = "night", "Nightly training"
        DRIFT = "drift", "Drift"
        THIN = "thin", "Thin categories"
        DISK = "disk", "Disk"
        FIGURES = "figures", "Figures of categories"

    kind = models.CharField(max_length=8, choices=Kind)
    cause = models.CharField(max_length=200, help_text="tells one cause of a kind from another")
    words = models.TextField(help_text="what is so, with the figures")
    what_to_do = models.TextField()
    details = models.JSONField(default=dict, help_text="ids and codes that it is about")
    opened_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True, help_text="when its cause had ended")
    dismissed_at = models.DateTimeField(null=True, blank=True)
    dismissed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    mailed_at = models.DateTimeField(null=True, blank=True)
    mail_attempts = models.PositiveSmallIntegerField(default=0)
    mail_due_at = models.DateTimeField(
        default=timezone.now, help_text="of the next attempt to send it"
    )
    mail_error = models.CharField(max_length=60, blank=True, help_text="kind of the last failure")

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["id"],
                condition=Q(closed_at=None, dismissed_at=None),
                name="notices_that_are_open",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "cause"],
                condition=Q(closed_at=None),
                name="one_standing_notice_a_cause",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["training", "night", "drift", "thin", "disk", "figures"]),
                name="the_kind_of_a_notice_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(words="") & ~Q(what_to_do=""), name="a_notice_says_what_to_do"
            ),
            models.CheckConstraint(
                condition=Q(dismissed_at=None, dismissed_by=None)
                | Q(dismissed_at__isnull=False, dismissed_by__isnull=False),
                name="a_dismissed_notice_names_who_did_it",
            ),
            models.CheckConstraint(
                condition=Q(mail_attempts__lte=MAIL_ATTEMPTS), name="a_notice_is_mailed_so_often"
            ),
        ]

    def __str__(self) -> str:
        return f"notice {self.pk} on {self.get_kind_display().lower()}"

    @property
    def is_open(self) -> bool:
        return self.closed_at is None and self.dismissed_at is None
