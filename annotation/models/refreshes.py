"""What the database refuses about refreshes: versions made between two nights from the active one.

A refresh has its parent's words, thresholds and calibration, and has learned further answers. It
only reads waiting grants again, so it never becomes active, and no gate is asked.
"""

from django.db import models
from django.db.models import Q

REFRESH = "refresh"
IS_REFRESH = Q(kind=REFRESH)
# That the parent is a gated version of the same taxonomy is another row's matter: a trigger.
REFRESH_CONSTRAINTS = [
    models.CheckConstraint(
        condition=(IS_REFRESH & Q(parent__isnull=False)) | (~IS_REFRESH & Q(parent=None)),
        name="a_refresh_and_nothing_else_has_a_parent",
    ),
    models.CheckConstraint(
        condition=~IS_REFRESH | ~Q(status__in=["requested", "evaluated", "active"]),
        name="a_refresh_never_becomes_active",
    ),
    models.CheckConstraint(
        condition=IS_REFRESH | ~Q(status="in_use"), name="only_a_refresh_serves_beside_another"
    ),
    models.CheckConstraint(
        condition=~Q(status="in_use") | ~Q(artifact_sha256=""),
        name="a_refresh_in_use_has_an_artifact",
    ),
    models.UniqueConstraint(
        fields=["status"],
        condition=Q(status="training") & IS_REFRESH,
        name="one_refresh_learns_at_a_time",
    ),
    models.CheckConstraint(
        condition=Q(cpu_seconds=None) | Q(cpu_seconds__gte=0), name="learning_takes_time"
    ),
]
