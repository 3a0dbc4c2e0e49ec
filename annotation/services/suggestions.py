"""Writing what a model version suggests."""

from collections.abc import Collection, Iterable

from django.db import transaction

from annotation.models import Grant, ModelVersion, Suggestion


def replace_suggestions(
    version: ModelVersion, grant_ids: Collection[int], suggestions: Iterable[Suggestion]
) -> None:
    """Make ``suggestions`` all that is suggested for these grants. Idempotent.

    Older versions' rows go: decisions and claims hold copies of what was shown.
    """
    with transaction.atomic():
        # First, for its row locks: a second worker on the same grants waits here.
        Grant.objects.filter(pk__in=grant_ids).update(scored_by=version)
        Suggestion.objects.filter(grant__in=grant_ids).delete()
        Suggestion.objects.bulk_create(suggestions, batch_size=500)
