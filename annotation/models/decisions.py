"""What annotators decided: the only source of truth for training and export. Append-only."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q


class AnnotationQuerySet(models.QuerySet["Annotation"]):
    def standing(self) -> "AnnotationQuerySet":
        """Neither superseded nor a withdrawal."""
        # Not `superseded_by=None`: PostgreSQL takes that join for one that leaves a single row.
        later = Annotation.objects.filter(supersedes=OuterRef("pk"))
        return self.filter(~Exists(later), is_withdrawal=False)

    def current(self) -> "AnnotationQuerySet":
        """What people said by themselves: figures, gate, agreement and training read these.

        The revision of a blind annotation is not among them, since it was made with the
        suggestions in sight.
        """
        return self.standing().filter(revises=None)

    def as_shown(self) -> "AnnotationQuerySet":
        """What people say today: labels on the pages and in the exports are read from these.

        A revision takes the place of the blind annotation that it revises.
        """
        revisions = Annotation.objects.standing().filter(revises=OuterRef("pk"))
        return self.standing().filter(
            Q(revises=None) & ~Exists(revisions)
            | Q(revises__isnull=False, revises__superseded_by=None)
        )


class Annotation(models.Model):
    """One annotator's finished work on one grant; outcomes and decisions hang on it.

    Rows never change. A correction is a new row that supersedes, an undo a withdrawing one, so
    each person's rows for a grant form one chain and the last link is what they say today. The
    revision of a blind annotation begins a chain of its own beside it.
    """

    grant = models.ForeignKey("Grant", on_delete=models.PROTECT, related_name="annotations")
    annotator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="annotations"
    )
    model_version = models.ForeignKey(
        "ModelVersion",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="annotations",
        help_text="whose suggestions the annotator saw; empty: none were shown",
    )
    taxonomy_release = models.ForeignKey(
        "TaxonomyRelease", on_delete=models.PROTECT, related_name="annotations"
    )
    supersedes = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="superseded_by"
    )
    revises = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="revisions",
        help_text="the blind annotation that its maker changed after they saw the suggestions",
    )
    is_withdrawal = models.BooleanField(default=False)
    is_blind = models.BooleanField(default=False, help_text="no suggestion was shown")
    stream = models.CharField(max_length=20, help_text="how the queue had chosen the grant")
    content_sha256 = models.CharField(max_length=64, help_text="of the grant that was read")
    seconds = models.PositiveIntegerField(default=0, help_text="active time, idle left out")
    idempotency_key = models.CharField(max_length=100)
    body_sha256 = models.CharField(max_length=64, help_text="of the answer, to tell a replay")
    submitted_at = models.DateTimeField(auto_now_add=True)

    objects = AnnotationQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["grant", "annotator"],
                condition=Q(supersedes=None, revises=None),
                name="one_chain_of_annotations_per_annotator",
            ),
            models.UniqueConstraint(
                fields=["revises"],
                condition=Q(supersedes=None, revises__isnull=False),
                name="one_chain_of_revisions",
            ),
            models.CheckConstraint(
                condition=Q(revises=None) | Q(is_blind=False), name="a_revision_saw_suggestions"
            ),
            models.UniqueConstraint(
                fields=["annotator", "idempotency_key"], name="one_annotation_per_key"
            ),
            models.CheckConstraint(
                condition=Q(is_blind=False) | Q(model_version=None),
                name="a_blind_annotation_saw_no_model_version",
            ),
            models.CheckConstraint(
                condition=Q(is_withdrawal=False) | Q(supersedes__isnull=False),
                name="a_withdrawal_supersedes",
            ),
        ]
        indexes = [
            models.Index(fields=["annotator", "-id"], name="newest_of_an_annotator"),
            models.Index(fields=["submitted_at"], name="annotations_by_day"),
        ]


class Outcome(models.Model):
    """What an annotation says of a whole facet. No row: unanswered, which trains nothing."""

    class Value(models.TextChoices):
        LABELLED = "labelled"
        NONE_FITS = "none_fits"
        NOT_ENOUGH_TEXT = "not_enough_text"
        GENERAL_PUBLIC = "general_public"

    annotation = models.ForeignKey(Annotation, on_delete=models.CASCADE, related_name="outcomes")
    facet = models.ForeignKey("Facet", on_delete=models.PROTECT, related_name="outcomes")
    value = models.CharField(max_length=15, choices=Value)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["annotation", "facet"], name="one_outcome_a_facet"),
        ]


class DecisionQuerySet(models.QuerySet["Decision"]):
    def ticked_in_sight(self) -> "DecisionQuerySet":
        """On suggestions that came ticked, in annotations that stand and saw them beforehand."""
        return self.filter(
            was_ticked=True,
            annotation__is_blind=False,
            annotation__is_withdrawal=False,
            annotation__superseded_by=None,
            annotation__revises=None,
        )


class Decision(models.Model):
    """One verdict on one category. What was shown is copied, so suggestions may be pruned."""

    class Verdict(models.TextChoices):
        ACCEPTED = "accepted"
        REJECTED = "rejected"
        ADDED = "added"
        LEFT = "left"

    annotation = models.ForeignKey(Annotation, on_delete=models.CASCADE, related_name="decisions")
    category = models.ForeignKey("Category", on_delete=models.PROTECT, related_name="decisions")
    verdict = models.CharField(max_length=8, choices=Verdict)
    score = models.FloatField(null=True, blank=True, help_text="as shown, 0 to 1")
    rank = models.PositiveSmallIntegerField(null=True, blank=True, help_text="as shown")
    was_ticked = models.BooleanField(null=True, blank=True, help_text="ticked when it was shown")

    objects = DecisionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["annotation", "category"], name="one_decision_per_category"
            ),
            models.CheckConstraint(
                condition=Q(verdict="added", score=None, rank=None, was_ticked=None)
                | Q(
                    verdict__in=["accepted", "rejected", "left"],
                    score__isnull=False,
                    rank__isnull=False,
                    was_ticked__isnull=False,
                ),
                name="only_what_was_shown_is_accepted_rejected_or_left",
            ),
        ]


class Reveal(models.Model):
    """The suggestions that somebody saw once their blind annotation was stored."""

    annotation = models.OneToOneField(Annotation, on_delete=models.CASCADE, related_name="reveal")
    model_version = models.ForeignKey(
        "ModelVersion", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    shown = models.JSONField(help_text="the suggestions as they were shown, none of them ticked")
    revealed_at = models.DateTimeField(auto_now_add=True)


class ErasurePermit(models.Model):
    """While a transaction holds a row here, its deletes pass the append-only triggers.

    Only the removal of the demonstration and an erasure write one, and take it away again
    before they commit, so no other transaction ever sees it.
    """

    reason = models.CharField(max_length=60)
