"""Everything known of one grant."""

from collections import defaultdict
from dataclasses import dataclass, field

from annotation.models import Annotation, Category, Grant, Note, QueueItem, Skip, Suggestion


@dataclass(frozen=True)
class GrantHistory:
    """Every act on a grant, newest first, and what is suggested and labelled now."""

    annotations: list[Annotation]
    labels: dict[str, list[Category]] = field(default_factory=dict)
    suggestions: list[Suggestion] = field(default_factory=list)
    skips: list[Skip] = field(default_factory=list)
    queue_item: QueueItem | None = None
    notes: list[Note] = field(default_factory=list)


def grant_history(grant: Grant) -> GrantHistory:
    """What happened to a grant, with what was shown each time. Eleven queries."""
    annotations = (
        grant.annotations.select_related(
            "annotator", "model_version", "taxonomy_release", "superseded_by"
        )
        .prefetch_related("outcomes__facet", "decisions__category__facet")
        .order_by("-pk")
    )
    labels: dict[str, list[Category]] = defaultdict(list)
    for label in grant.labels.select_related("category__facet").order_by("category__position"):
        labels[label.get_source_display()].append(label.category)
    suggestions = grant.suggestions.filter(model_version=grant.scored_by_id)
    return GrantHistory(
        annotations=list(annotations),
        labels=dict(labels),
        suggestions=list(
            suggestions.select_related("category__facet", "model_version").order_by(
                "category__facet__position", "rank"
            )
        ),
        skips=list(grant.skips.select_related("annotator")),
        queue_item=QueueItem.objects.filter(grant=grant).first(),
        notes=list(grant.notes.select_related("author").order_by("-pk")),
    )
