"""What people note on a grant beside their annotation: a flag, a comment."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class Note(models.Model):
    """A flag asks for somebody's eyes; a comment says something. Neither trains anything."""

    class Kind(models.TextChoices):
        FLAG = "flag"
        COMMENT = "comment"

    grant = models.ForeignKey("Grant", on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notes"
    )
    kind = models.CharField(max_length=7, choices=Kind)
    text = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["grant", "author"], condition=Q(kind="flag"), name="one_flag_per_person"
            ),
            models.CheckConstraint(
                condition=Q(kind="flag") | ~Q(text=""), name="a_comment_has_text"
            ),
        ]
