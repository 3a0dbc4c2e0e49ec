"""Plants: settled grants shown with a wrong suggestion, to see how often wrong ones are accepted.

What is said to them stands in rows of its own, so nothing that reads annotations can meet it.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from annotation.models.adjudications import Ruling
from annotation.models.decisions import Decision
from annotation.models.queue import Skip


class PlantQuerySet(models.QuerySet["Plant"]):
    def open(self) -> "PlantQuerySet":
        """Nothing stands that was said to them: never answered, or taken back."""
        standing = PlantReply.objects.standing().filter(plant=OuterRef("pk"))
        return self.filter(~Exists(standing))

    def parked(self) -> "PlantQuerySet":
        """Set aside by the person, who may open them again."""
        return self.filter(
            replies__superseded_by=None,
            replies__kind=PlantReply.Kind.SKIPPED,
            replies__reason=Skip.Reason.PARKED,
        )


class Plant(models.Model):
    """A settled grant in one person's hands with one suggestion that is wrong on purpose.

    It takes the grant from nobody: others may have the same one at the same time.
    """

    grant = models.ForeignKey("Grant", on_delete=models.PROTECT, related_name="plants")
    annotator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="plants"
    )
    adjudication = models.ForeignKey(
        "Adjudication",
        on_delete=models.PROTECT,
        related_name="plants",
        help_text="by which the planted category is wrong",
    )
    category = models.ForeignKey(
        "Category", on_delete=models.PROTECT, related_name="plants", help_text="the wrong one"
    )
    shown = models.JSONField(help_text="the suggestions as they are shown, the wrong one ticked")
    content_sha256 = models.CharField(max_length=64, help_text="of the grant that is shown")
    claim = models.UUIDField(unique=True, default=uuid.uuid4, help_text="token, as of a claim")
    claimed_until = models.DateTimeField()
    handed_at = models.DateTimeField(default=timezone.now)

    objects = PlantQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["annotator", "grant"], name="one_plant_a_person_and_grant"
            ),
        ]

    def __str__(self) -> str:
        return f"plant {self.pk}"


class PlantReplyQuerySet(models.QuerySet["PlantReply"]):
    def standing(self) -> "PlantReplyQuerySet":
        """Neither superseded nor a withdrawal."""
        return self.filter(superseded_by=None).exclude(kind=PlantReply.Kind.WITHDRAWN)

    def answered(self) -> "PlantReplyQuerySet":
        return self.standing().filter(kind=PlantReply.Kind.ANSWERED)

    def measured(self) -> "PlantReplyQuerySet":
        """First answers, which tell of the person: what was planted was wrong then, and is today.

        The first one tells, taken back since or not: a later one may come of having heard of it.
        Not those whose grant was adjudicated anew since, nor those whose category has become one
        with a true one by a merging.
        """
        is_true_now = Ruling.objects.annotate(
            means=Coalesce(F("category__merged_into_id"), F("category_id")),
        ).filter(
            adjudication=OuterRef("plant__adjudication"),
            is_in=True,
            means=Coalesce(
                OuterRef("plant__category__merged_into_id"), OuterRef("plant__category_id")
            ),
        )
        earlier = PlantReply.objects.filter(
            plant=OuterRef("plant"), kind=PlantReply.Kind.ANSWERED, pk__lt=OuterRef("pk")
        )
        return self.filter(
            ~Exists(earlier),
            ~Exists(is_true_now),
            is_measured=True,
            plant__adjudication__superseded_by=None,
        )


class PlantReply(models.Model):
    """What a person did with a plant. Rows never change: an undo is a withdrawing row."""

    class Kind(models.TextChoices):
        ANSWERED = "answered"
        SKIPPED = "skipped"
        WITHDRAWN = "withdrawn"

    plant = models.ForeignKey(Plant, on_delete=models.PROTECT, related_name="replies")
    supersedes = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="superseded_by"
    )
    kind = models.CharField(max_length=9, choices=Kind)
    verdict = models.CharField(
        max_length=8, blank=True, help_text="on the planted category; of an answer only"
    )
    reason = models.CharField(
        max_length=15, blank=True, choices=Skip.Reason, help_text="of a skip only"
    )
    answers = models.JSONField(default=dict, help_text="by facet code, as they were given")
    is_measured = models.BooleanField(
        default=False,
        help_text="answered while plants were on and the planted category was offered and wrong",
    )
    seconds = models.PositiveIntegerField(default=0, help_text="active time, idle left out")
    idempotency_key = models.CharField(max_length=100)
    body_sha256 = models.CharField(max_length=64, help_text="of the answer, to tell a replay")
    replied_at = models.DateTimeField(default=timezone.now)

    objects = PlantReplyQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["plant"], condition=Q(supersedes=None), name="one_chain_of_replies_a_plant"
            ),
            models.UniqueConstraint(
                fields=["plant", "idempotency_key"], name="one_reply_per_key_of_a_plant"
            ),
            models.CheckConstraint(
                condition=Q(
                    kind="answered",
                    verdict__in=[
                        Decision.Verdict.ACCEPTED,
                        Decision.Verdict.REJECTED,
                        Decision.Verdict.LEFT,
                    ],
                    reason="",
                )
                | Q(kind="skipped", verdict="", reason__in=Skip.Reason.values)
                | Q(kind="withdrawn", verdict="", reason="", supersedes__isnull=False),
                name="a_reply_answers_skips_or_withdraws",
            ),
            models.CheckConstraint(
                condition=Q(is_measured=False) | Q(kind="answered"),
                name="only_answers_are_measured",
            ),
        ]

    def __str__(self) -> str:
        return f"reply {self.pk} to {self.plant_id}"
