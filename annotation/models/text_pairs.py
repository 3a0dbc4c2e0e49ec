"""Texts that are nearly the same, whichever grants they stand in."""

from django.db import models
from django.db.models import F, Q


class TextPair(models.Model):
    """A text and one that is nearly the same. Of texts, not of grants, so it is true for ever:
    a grant whose text changes leaves the row behind, and brings none that is false.
    """

    text_key = models.CharField(max_length=32, help_text="Grant.text_key of the one")
    other_key = models.CharField(max_length=32, help_text="of the other")
    similarity = models.FloatField(help_text="cosine of the sets of words, 0 to 1")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["text_key", "other_key"], name="one_row_per_pair_of_texts"
            ),
            models.CheckConstraint(
                condition=~Q(text_key=F("other_key")), name="a_text_is_not_its_own_look_alike"
            ),
            models.CheckConstraint(
                condition=Q(similarity__gt=0) & Q(similarity__lte=1),
                name="similarity_is_a_share",
            ),
        ]
