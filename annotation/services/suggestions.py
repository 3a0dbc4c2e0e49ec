"""Writing what a model version suggests."""

from collections.abc import Collection, Iterable

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, Subquery

from annotation.models import Annotation, Grant, ModelVersion, QueueItem, Reveal, Suggestion
from annotation.services.rollups import recount


def replace_suggestions(
    version: ModelVersion,
    grant_ids: Collection[int],
    suggestions: Iterable[Suggestion],
    *,
    reading: int = 0,
) -> None:
    """Make ``suggestions`` all that this version suggests for these grants. Idempotent.

    Of older versions only those stay whose suggestions somebody saw with the grant, so a grant
    keeps at most one version for each time that it was opened. Grants that were deleted since they
    were read (an import undone, the demonstration removed) are passed over.

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
        mine_or_unseen = Q(model_version=version) | ~_was_seen()
        Suggestion.objects.filter(mine_or_unseen, grant__in=grant_ids).delete()
        Suggestion.objects.bulk_create((s for s in suggestions if s.grant_id in here), 500)
        mine = Suggestion.objects.filter(grant=OuterRef("pk"), model_version=version).order_by()
        top = mine.values("grant").annotate(top=Max("score")).values("top")
        grants.update(scored_by=version, read_under=reading, top_score=Subquery(top))
        recount(here)


def _was_seen() -> Q:
    """Whether anybody saw what the suggestion's version said of its grant, or sees it now."""
    of_both = {"grant": OuterRef("grant"), "model_version": OuterRef("model_version")}
    revealed = {"annotation__grant": OuterRef("grant"), "model_version": OuterRef("model_version")}
    open_now = {"grant": OuterRef("grant"), "shown_version": OuterRef("model_version")}
    return Q(
        Exists(Annotation.objects.filter(**of_both))
        | Exists(Reveal.objects.filter(**revealed))
        | Exists(QueueItem.objects.filter(**open_now))
    )
