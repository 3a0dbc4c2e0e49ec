"""The guidelines that annotators work by, in all their versions."""

from django.conf import settings
from django.db import models


class GuidelinesVersion(models.Model):
    """One state of the guidelines. Rows never change: an edit is a new version."""

    number = models.PositiveIntegerField(unique=True, help_text="1 for the first")
    text = models.TextField(help_text="Markdown without HTML")
    note = models.CharField(max_length=200, blank=True, help_text="what has changed, in words")
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    written_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"guidelines version {self.number}"
