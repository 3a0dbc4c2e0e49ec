"""What an administrator decided where annotators differ. Append-only, as annotations are."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from annotation.models.decisions import Annotation, Outcome


class AdjudicationQuerySet(models.QuerySet["Adjudication"]):
    def current(self) -> "AdjudicationQuerySet":
        return self.filter(superseded_by=None)


class Adjudication(models.Model):
    """One decision over several annotations of a grant; theirs stay as they are."""

    grant = models.ForeignKey("Grant", on_delete=models.PROTECT, related_name="adjudications")
    adjudicator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="adjudications"
    )
    annotations = models.ManyToManyField(Annotation, related_name="adjudications")
    taxonomy_release = models.ForeignKey(
        "TaxonomyRelease", on_delete=models.PROTECT, related_name="adjudications"
    )
    supersedes = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="superseded_by"
    )
    both_may_stand = models.BooleanField(
        default=False, help_text="the difference is allowed, so nothing is decided for anybody"
    )
    note = models.CharField(max_length=500, blank=True, help_text="shown to the annotators")
    adjudicated_at = models.DateTimeField(auto_now_add=True)

    objects = AdjudicationQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["grant"],
                condition=Q(supersedes=None),
                name="one_chain_of_adjudications_a_grant",
            ),
        ]


class Ruling(models.Model):
    """Whether one category is in or out."""

    adjudication = models.ForeignKey(Adjudication, on_delete=models.CASCADE, related_name="rulings")
    category = models.ForeignKey("Category", on_delete=models.PROTECT, related_name="rulings")
    is_in = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["adjudication", "category"], name="one_ruling_a_category"
            ),
        ]


class FacetRuling(models.Model):
    """What an adjudication says of a whole facet."""

    adjudication = models.ForeignKey(
        Adjudication, on_delete=models.CASCADE, related_name="facet_rulings"
    )
    facet = models.ForeignKey("Facet", on_delete=models.PROTECT, related_name="rulings")
    value = models.CharField(max_length=15, choices=Outcome.Value)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["adjudication", "facet"], name="one_ruling_a_facet"),
        ]
