"""What a model version proposes."""

from django.db import models
from django.db.models import F, Q

from annotation.models.model_versions import ModelVersion
from annotation.models.taxonomy import lies_under_a_mark


class SuggestionQuerySet(models.QuerySet["Suggestion"]):
    def of_last_readers(self) -> "SuggestionQuerySet":
        """What is suggested now: an older version's rows only tell what people once saw."""
        return self.filter(model_version=F("grant__scored_by"))

    def with_marks(self) -> "SuggestionQuerySet":
        """Each knows whether it ``is_sensitive``: however likely, it is for a person to tick."""
        return self.annotate(under_a_mark=lies_under_a_mark("category"))


class Suggestion(models.Model):
    """A model version's claim that a grant belongs to a category."""

    # The unique constraint begins with the grant, and an index on the version would only mislead
    # SQLite's planner: nearly all rows are of one version.
    grant = models.ForeignKey(
        "Grant", on_delete=models.CASCADE, related_name="suggestions", db_index=False
    )
    category = models.ForeignKey("Category", on_delete=models.CASCADE, related_name="suggestions")
    model_version = models.ForeignKey(
        ModelVersion, on_delete=models.CASCADE, related_name="suggestions", db_index=False
    )
    score = models.FloatField(help_text="calibrated probability, 0 to 1")
    rank = models.PositiveSmallIntegerField(help_text="1 is the likeliest of its facet")
    is_ticked = models.BooleanField(help_text="at or above the category's threshold")
    is_lexical = models.BooleanField(default=False, help_text="from words alone, not learned")
    evidence = models.JSONField(default=list, help_text="words of the text that speak for it")

    objects = SuggestionQuerySet.as_manager()

    class Meta:
        ordering = ["rank", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["grant", "category", "model_version"], name="one_suggestion_per_category"
            ),
            models.CheckConstraint(
                condition=Q(score__gte=0) & Q(score__lte=1), name="score_is_a_probability"
            ),
            models.CheckConstraint(
                condition=Q(rank__gte=1) & Q(rank__lte=10), name="at_most_ten_suggestions_a_facet"
            ),
        ]

    @property
    def is_sensitive(self) -> bool:
        """Only for rows read ``with_marks``: an answer that was not asked for must not be no."""
        return bool(self.__dict__["under_a_mark"])
