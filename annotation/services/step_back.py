"""Going back to the version before, when the active one cannot be read."""

from django.db import transaction
from django.utils import timezone

from annotation.models import ModelVersion
from annotation.services.activation import activate, lock_taxonomy
from annotation.services.audit import record
from annotation.services.model_versions import ensure_lexical_version


@transaction.atomic
def step_back(version: ModelVersion, error: str) -> None:
    """Retire a version that cannot serve; the one that was active before it serves again.

    A version that was stepped back from keeps its error, and is passed over, until a person
    promotes it anew. The lexical matcher needs no file, so there is always one left. Where
    another version is active by now, nothing happens.
    """
    lock_taxonomy(version)
    if ModelVersion.objects.active() != version:
        return
    before = (
        ModelVersion.objects.gated()
        .filter(taxonomy=version.taxonomy_id, status=ModelVersion.Status.RETIRED, error="")
        .order_by("-retired_at", "-pk")
        .first()
    )
    successor = before or ensure_lexical_version(version.taxonomy)
    ModelVersion.objects.filter(pk=version.pk).update(error=error[:2000])
    activate(successor, timezone.now())
    record(None, "model version stepped back from", version, successor=str(successor))
