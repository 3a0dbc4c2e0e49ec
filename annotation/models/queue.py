"""The work queue: which grant an annotator sees next, why, and who holds it."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from annotation.models.decisions import Annotation
from annotation.models.people import User


class QueueItemQuerySet(models.QuerySet["QueueItem"]):
    def open(self) -> "QueueItemQuerySet":
        return self.filter(is_open=True)

    def secret(self) -> "QueueItemQuerySet":
        """Somebody still has to decide them by themselves: nothing that was said is told."""
        return self.open().filter(Q(is_blind=True) | Q(n_required__gt=1))

    def free(self, now: datetime) -> "QueueItemQuerySet":
        """Open, and held by nobody at this moment."""
        return self.open().filter(Q(claimed_until=None) | Q(claimed_until__lte=now))

    def held_by(self, annotator: User, now: datetime) -> "QueueItemQuerySet":
        return self.open().filter(claimed_by=annotator, claimed_until__gt=now)

    def new_to(self, annotator: User) -> "QueueItemQuerySet":
        """Grants this annotator has neither decided nor skipped, nor been shown as a plant."""
        # A withdrawn annotation may be given again, so only the end of a chain counts.
        decided = Annotation.objects.current().filter(grant=OuterRef("grant"), annotator=annotator)
        skipped = Skip.objects.filter(grant=OuterRef("grant"), annotator=annotator)
        own = self.filter(~Exists(decided), ~Exists(skipped))
        return own.exclude(grant__plants__annotator=annotator)

    def soonest_first(self) -> "QueueItemQuerySet":
        return self.order_by("-priority", "pk")


class QueueItem(models.Model):
    """A grant's place in the queue. All that a claim needs stands in this one locked row."""

    class Stream(models.TextChoices):
        NEW = "new"
        RANDOM = "random"
        LEAST_CONFIDENT = "least_confident"
        COVERAGE = "coverage"
        VALUE = "value"
        AUDIT = "audit"
        OVERLAP = "overlap"  # one person has decided it, and a second is wanted
        RECHECK = "recheck"  # it was done, and is decided once more

    grant = models.OneToOneField("Grant", on_delete=models.CASCADE, related_name="queue_item")
    priority = models.FloatField(default=0.0, help_text="higher is sooner")
    stream = models.CharField(max_length=20, choices=Stream, default=Stream.NEW)
    reason = models.CharField(max_length=300, blank=True, help_text="shown to the annotator")
    covers = models.ForeignKey(
        "Category",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
        help_text="the category with few examples whose words its text speaks most",
    )
    covers_score = models.FloatField(
        null=True, blank=True, help_text="probability of that category by its words alone, 0 to 1"
    )
    is_blind = models.BooleanField(default=False, help_text="decided without suggestions")
    n_required = models.PositiveSmallIntegerField(default=1, help_text="annotations wanted")
    n_done = models.PositiveSmallIntegerField(default=0, help_text="annotations that stand")
    is_open = models.BooleanField(default=True)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    claimed_until = models.DateTimeField(null=True, blank=True)
    claim = models.UUIDField(null=True, blank=True, unique=True, help_text="token of the claim")
    shown_version = models.ForeignKey(
        "ModelVersion", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    shown_content_sha256 = models.CharField(
        max_length=64, blank=True, help_text="of the grant as the claimant reads it"
    )
    shown = models.JSONField(
        default=list, help_text="the suggestions as the claimant sees them, copied at the claim"
    )

    objects = QueueItemQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["-priority", "id"], condition=Q(is_open=True), name="queue_order"),
            models.Index(
                fields=["claimed_by", "claimed_until"],
                condition=Q(claimed_by__isnull=False),
                name="claims_of_an_annotator",
            ),
            # What every filter leaves out; on PostgreSQL read in place of the whole queue.
            models.Index(
                fields=["grant"],
                condition=Q(is_open=True) & (Q(is_blind=True) | Q(n_required__gt=1)),
                name="secret_grants",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(claimed_by=None, claimed_until=None, claim=None)
                | Q(claimed_by__isnull=False, claimed_until__isnull=False, claim__isnull=False),
                name="a_claim_has_owner_deadline_and_token",
            ),
            models.CheckConstraint(
                condition=Q(n_done__lte=F("n_required")), name="no_more_annotations_than_required"
            ),
            models.CheckConstraint(
                condition=Q(is_open=True, n_done__lt=F("n_required"))
                | Q(is_open=False, n_done=F("n_required")),
                name="open_while_annotations_are_missing",
            ),
            models.CheckConstraint(
                condition=Q(covers=None, covers_score=None)
                | Q(covers_score__gte=0, covers_score__lte=1),
                name="what_it_covers_has_a_probability",
            ),
        ]


class Skip(models.Model):
    """An annotator passed a grant on; it is not offered to them again.

    A parked one is theirs to open again, as long as nobody else has decided it.
    """

    class Reason(models.TextChoices):
        UNKNOWN_FIELD = "unknown_field", "I do not know this field"
        OTHER_LANGUAGE = "other_language", "The text is in another language"
        DISTRESSING = "distressing", "It holds private or distressing details"
        NOT_A_GRANT = "not_a_grant", "It is not a grant (acquittal, test, duplicate)"
        KNOWS_APPLICANT = "knows_applicant", "I know the applicant"
        OTHER = "other", "Something else"
        PARKED = "parked", "Parked for later"

    grant = models.ForeignKey("Grant", on_delete=models.CASCADE, related_name="skips")
    annotator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="skips"
    )
    reason = models.CharField(max_length=15, choices=Reason)
    skipped_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["grant", "annotator"], name="one_skip_per_annotator"),
        ]

    @classmethod
    def reasons(cls) -> list[tuple[str, str]]:
        """What the page offers; parking has a key of its own."""
        return [(value, words) for value, words in cls.Reason.choices if value != cls.Reason.PARKED]


class UndoneSkip(models.Model):
    """A skip that was taken back, under the key of the undo: sent again, it takes back no more."""

    grant = models.ForeignKey("Grant", on_delete=models.CASCADE, related_name="+")
    annotator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    idempotency_key = models.CharField(max_length=64)
    undone_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["annotator", "idempotency_key"], name="one_undone_skip_per_key"
            ),
        ]
