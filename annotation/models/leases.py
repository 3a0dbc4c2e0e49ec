"""Who does a recurring piece of background work now, so that no two workers do it at once."""

from django.db import models


class Lease(models.Model):
    """A row that its holder keeps fresh; stale, it may be taken by anybody."""

    name = models.CharField(max_length=60, primary_key=True)
    holder = models.UUIDField()
    held_until = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
