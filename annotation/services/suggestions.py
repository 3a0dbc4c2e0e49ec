"""Writing what a model version suggests."""

from collections.abc import Collection, Iterable

from django.db import transaction
from django.db.models import Max, OuterRef, Subquery

from annotation.models import Grant, ModelVersion, Suggestion


def replace_suggestions(
    version: ModelVersion,
    grant_ids: Collection[int],
    suggestions: Iterable[Suggestion],
    *,
    reading: int = 0,
) -> None:
    """Make ``suggestions`` all that is suggested for these grants. Idempotent.

    Older versions' rows go: decisions and claims hold copies of what was shown. Grants that were
    deleted since they were read (an import undone, the demonstration removed) are passed over.

    Args:
        reading: of the settings under which the version has read the grants.
    """
    with transaction.atomic():
        grants = Grant.objects.filter(pk__in=grant_ids)
        # First, for the row locks: a second worker on the same grants waits here.
        locked = grants.order_by("pk").select_for_update(no_key=True)
        here = set(locked.values_list("pk", flat=True))
        if not ModelVersion.objects.filter(pk=version.pk).exists():
            return  # it went with the demonstration
        Suggestion.objects.filter(grant__in=grant_ids).delete()
        Suggestion.objects.bulk_create((s for s in suggestions if s.grant_id in here), 500)
        mine = Suggestion.objects.filter(grant=OuterRef("pk"), model_version=version).order_by()
        top = mine.values("grant").annotate(top=Max("score")).values("top")
        grants.update(scored_by=version, read_under=reading, top_score=Subquery(top))
