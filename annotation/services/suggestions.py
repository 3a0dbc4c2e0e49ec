"""Writing what a model version suggests."""

from collections.abc import Collection, Iterable

from django.db import transaction

from annotation.models import Grant, ModelVersion, Suggestion


def replace_suggestions(
    version: ModelVersion,
    grant_ids: Collection[int],
    suggestions: Iterable[Suggestion],
    *,
    reading: int = 0,
) -> None:
    """Make ``suggestions`` all that is suggested for these grants. Idempotent.

    Older versions' rows go: decisions and claims hold copies of what was shown.

    Args:
        reading: of the settings under which the version has read the grants.
    """
    with transaction.atomic():
        # First, for its row locks: a second worker on the same grants waits here.
        Grant.objects.filter(pk__in=grant_ids).update(scored_by=version, read_under=reading)
        Suggestion.objects.filter(grant__in=grant_ids).delete()
        Suggestion.objects.bulk_create(suggestions, batch_size=500)
