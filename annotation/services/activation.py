"""Which model version is active: the switch itself, inside the transactions of those who decide."""

from datetime import datetime

from annotation.models import ModelVersion, Taxonomy

Status = ModelVersion.Status


def lock_taxonomy(version: ModelVersion) -> None:
    """Taken first: of two promotions at once the second must see what the first made active."""
    Taxonomy.objects.select_for_update(no_key=True).filter(pk=version.taxonomy_id).first()


def activate(version: ModelVersion, now: datetime) -> None:
    """Make it the active one in the caller's transaction, which holds the taxonomy's lock."""
    of_taxonomy = ModelVersion.objects.filter(taxonomy=version.taxonomy_id)
    active = of_taxonomy.filter(status=Status.ACTIVE)
    active.exclude(pk=version.pk).update(status=Status.RETIRED, retired_at=now)
    # Refreshes go with their parent; should it come back, it reads what they have read itself.
    refreshes = of_taxonomy.filter(kind=ModelVersion.Kind.REFRESH)
    refreshes.filter(status=Status.IN_USE).update(status=Status.RETIRED, retired_at=now)
    refreshes.filter(status=Status.TRAINING).update(status=Status.CANCELLED, finished_at=now)
    ModelVersion.objects.filter(pk=version.pk).update(
        status=Status.ACTIVE, activated_at=now, retired_at=None
    )
