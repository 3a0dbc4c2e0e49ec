"""Which keys a person has chosen for the deeds of the annotating screen."""

from django.conf import settings
from django.db import models


class KeyChoice(models.Model):
    """One deed's key, where it is not the usual one (``services.key_choices``)."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="key_choices"
    )
    deed = models.CharField(max_length=20)
    key = models.CharField(max_length=10, help_text="its sign or name; of the numbers, nine signs")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "deed"], name="one_key_a_deed"),
            models.UniqueConstraint(fields=["user", "key"], name="one_deed_a_key"),
        ]
