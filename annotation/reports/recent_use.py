"""What a person has used lately: their type-ahead offers it sooner."""

from collections import Counter

from annotation.models import Annotation, Decision, Note, Plant, SiteSettings, Skip, User

NEWEST = 100
SHOWN = 20
POSITIVE = (Decision.Verdict.ACCEPTED, Decision.Verdict.ADDED)


def recent_use(annotator: User) -> dict[str, int]:
    """Category code -> how often their newest hundred annotations chose it. Two queries."""
    newest = list(
        Annotation.objects.filter(annotator=annotator)
        .order_by("-pk")
        .values_list("pk", flat=True)[:NEWEST]
    )
    chosen = Decision.objects.filter(annotation__in=newest, verdict__in=POSITIVE)
    return dict(Counter(chosen.values_list("category__code", flat=True)))


def parked(annotator: User) -> list[Skip | Plant]:
    """Grants that they set aside and may still open, newest first. Two queries at most."""
    own = Skip.objects.filter(annotator=annotator, reason=Skip.Reason.PARKED)
    waiting = own.filter(grant__queue_item__is_open=True).select_related("grant")
    skips = list(waiting.order_by("-pk")[:SHOWN])
    if not SiteSettings.objects.current().plant_share:
        return [*skips]
    plants = Plant.objects.parked().filter(annotator=annotator).select_related("grant")
    return [*plants.order_by("-pk"), *skips]


def own_notes(annotator: User, grant_id: int) -> list[Note]:
    """What they noted on a grant, oldest first. One query."""
    return list(Note.objects.filter(author=annotator, grant=grant_id))
