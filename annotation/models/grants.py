"""Grants: the texts that annotators and the classifier read, and the labels they came with."""

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Func, Q

from annotation.models.site_settings import SiteSettings

if TYPE_CHECKING:
    from annotation.models.model_versions import ModelVersion


def lot(reference: str, purpose: str) -> float:
    """A number from 0 to 1 that a reference has for ever, as if drawn at random."""
    digest = hashlib.sha256(f"{purpose}:{reference}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


# Programmes are told apart by so many characters: a longer text would not fit into an index. The
# number stands in the SQL itself, as SQLite finds an index by its very words.
PROGRAMME_LENGTH = 200
PROGRAMME_START = Func(F("programme"), template=f"SUBSTR(%(expressions)s, 1, {PROGRAMME_LENGTH})")


class GrantQuerySet(models.QuerySet["Grant"]):
    def audit(self) -> "GrantQuerySet":
        return self.filter(stream=Grant.Stream.AUDIT)

    def teaching(self) -> "GrantQuerySet":
        """Grants that may teach, if only by their words: those of the audit stream measure."""
        return self.filter(stream=Grant.Stream.POOL)

    def pool(self) -> "GrantQuerySet":
        """Grants that a query strategy may choose from: not audit, still in the queue."""
        return self.filter(stream=Grant.Stream.POOL, queue_item__is_open=True)

    def not_scored_by(self, model_version: "ModelVersion") -> "GrantQuerySet":
        """Grants whose last reader was another version, or it under other settings, or nobody.

        What a refresh of the version has read, the version need not read.
        """
        readers = model_version.readers().values("pk")
        return self.exclude(
            scored_by__in=readers, read_under=SiteSettings.objects.current().reading
        )

    def not_compared(self) -> "GrantQuerySet":
        """Grants whose text has not been held against the others."""
        return self.filter(is_compared=False).exclude(text_key="")


class Grant(models.Model):
    """One grant. Its stream is fixed at import, before any model has seen it."""

    class Stream(models.TextChoices):
        POOL = "pool"
        AUDIT = "audit"

    reference = models.CharField(max_length=200, unique=True)
    title = models.TextField(blank=True)
    description = models.TextField(blank=True)
    amount_awarded = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True, help_text="ISO 4217")
    award_date = models.DateField(null=True, blank=True)
    recipient_name = models.TextField(blank=True)
    recipient_identifier = models.CharField(max_length=200, blank=True)
    funder_name = models.TextField(blank=True)
    funder_identifier = models.CharField(max_length=200, blank=True, default="", db_default="")
    programme = models.TextField(blank=True)
    recipient_place = models.TextField(blank=True)
    beneficiary_place = models.TextField(blank=True)
    content_sha256 = models.CharField(max_length=64, editable=False, help_text="of all facts above")
    quality_flags = models.JSONField(
        default=list, editable=False, help_text="values of annotation.models.quality.Flag"
    )
    text_key = models.CharField(
        max_length=32,
        default="",
        db_default="",
        editable=False,
        help_text="the same for grants with the same words; empty: no words",
    )
    is_compared = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="look-alikes were looked for"
    )
    stream = models.CharField(max_length=5, choices=Stream, editable=False)
    inclusion_probability = models.FloatField(
        editable=False, help_text="chance with which the audit stream drew this grant, 0 to 1"
    )
    scored_by = models.ForeignKey(
        "ModelVersion",
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,  # the index below begins with it
        help_text="the last model version that read this grant, suggestions or none",
    )
    read_under = models.PositiveIntegerField(
        default=0,
        db_default=0,
        editable=False,
        help_text="SiteSettings.reading when it was read last",
    )
    top_score = models.FloatField(
        null=True,
        editable=False,
        help_text="of the likeliest suggestion of its last reader, 0 to 1; empty: none",
    )
    import_run = models.ForeignKey(
        "ImportRun", on_delete=models.PROTECT, related_name="grants", editable=False
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = GrantQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["scored_by", "read_under"], name="who_read_it_last"),
            models.Index(fields=["text_key"], name="grants_of_one_text"),
            models.Index(fields=["id"], condition=Q(is_compared=False), name="grants_not_compared"),
            models.Index(PROGRAMME_START, name="grant_programme"),
            models.Index(
                fields=["id"], condition=Q(stream="audit"), name="grants_of_the_audit_stream"
            ),
            models.Index(fields=["award_date"], name="grant_award_date"),
            models.Index(fields=["amount_awarded"], name="grant_amount"),
            # As a whole: there are few different lists of flags, and so they are found quickly.
            models.Index(fields=["quality_flags"], name="grant_quality_flags"),
            models.Index(
                fields=["top_score", "id"],
                condition=Q(top_score__isnull=False),
                name="grant_top_score",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(inclusion_probability__gt=0) & Q(inclusion_probability__lte=1),
                name="inclusion_probability_is_a_probability",
            ),
            models.CheckConstraint(
                condition=Q(amount_awarded=None) | ~Q(currency=""), name="an_amount_has_a_currency"
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def text(self) -> str:
        """What the classifier reads. Asks for the settings: for many grants use ``text_of``."""
        return self.text_of(SiteSettings.objects.current().text_fields)

    def text_of(self, fields: Iterable[str]) -> str:
        return "\n".join(filter(None, (getattr(self, field) for field in fields)))

    # What the two below are made of.
    KEPT_APART_BY = (
        "reference", "recipient_identifier", "recipient_name", "programme", "funder_name",
        "import_run",
    )  # fmt: skip

    @property
    def recipient(self) -> str:
        """Whose grant it is, for splits that keep a recipient on one side."""
        return self.recipient_identifier or self.recipient_name or self.reference

    @property
    def batch(self) -> str:
        """Programme, else funder, else import: where common words tell nothing."""
        return self.programme or self.funder_name or f"import {self.import_run_id}"


class LabelQuerySet(models.QuerySet["Label"]):
    def of_current_taxonomy(self) -> "LabelQuerySet":
        return self.filter(category__taxonomy__is_current=True)

    def of_staff(self) -> "LabelQuerySet":
        """Those that say what a grant is; what its applicant chose is kept and settles nothing."""
        return self.exclude(source=Label.Source.APPLICANT)


class Label(models.Model):
    """A category that a grant brought along. Annotators' own are decisions.

    What an applicant chose beside the text is shown by its source and given out in a column of its
    own. It is nobody's decision: such a grant waits in the queue, and nothing learns from it.
    """

    class Source(models.TextChoices):
        APPLICANT = "applicant"
        IMPORTED = "imported"
        ADJUDICATED = "adjudicated"

    grant = models.ForeignKey(Grant, on_delete=models.CASCADE, related_name="labels")
    category = models.ForeignKey("Category", on_delete=models.PROTECT, related_name="labels")
    source = models.CharField(max_length=11, choices=Source)
    import_run = models.ForeignKey(
        "ImportRun", null=True, blank=True, on_delete=models.PROTECT, related_name="labels"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = LabelQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["grant", "category", "source"], name="one_label_per_category_and_source"
            ),
            models.CheckConstraint(
                condition=~Q(source="imported") | Q(import_run__isnull=False),
                name="an_imported_label_names_its_import",
            ),
        ]
        indexes = [models.Index(fields=["created_at"], name="labels_by_day")]
