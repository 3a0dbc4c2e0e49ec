"""Everything known of one grant."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Prefetch
from django.utils import timezone

from annotation.models import (
    Adjudication,
    Annotation,
    Category,
    Decision,
    FacetRuling,
    Grant,
    Label,
    ModelVersion,
    Note,
    Outcome,
    QueueItem,
    Skip,
    SprintDecision,
    Suggestion,
)
from annotation.reports.given_labels import (
    SOURCES,
    GivenLabel,
    GivenOutcome,
    of_annotation,
    of_labels,
    ruled_empty,
)

Act = Annotation | Skip | Note | Adjudication | SprintDecision


@dataclass(frozen=True)
class Suggested:
    """What a version said of one category; ``score`` is a probability."""

    category: Category
    score: float
    rank: int
    is_ticked: bool
    is_lexical: bool = False
    evidence: list[str] = field(default_factory=list)
    needs_person: bool = False  # sensitive, and else it would come ticked


@dataclass(frozen=True)
class Reading:
    """What one model version suggests or once suggested, facet by facet, the likeliest first.

    ``is_whole``: the suggestions themselves are stored; else the copies in people's decisions
    tell what they were shown.
    """

    version: ModelVersion
    is_latest: bool
    is_whole: bool
    suggestions: list[Suggested]


@dataclass(frozen=True)
class SourceLabels:
    """Categories that one source gives, each with who gave it, latest first.

    ``empty``: facets in which it says, as the last word, that there is no category.
    """

    source: str
    words: str
    categories: list[tuple[Category, list[GivenLabel]]]
    empty: list[GivenOutcome] = field(default_factory=list)


@dataclass(frozen=True)
class GrantHistory:
    """Every act on a grant, newest first, and what is suggested and labelled now."""

    annotations: list[Annotation]
    labels: list[SourceLabels]
    readings: list[Reading]
    skips: list[Skip]
    notes: list[Note]
    adjudications: list[Adjudication]
    sprint_decisions: list[SprintDecision]
    queue_item: QueueItem | None

    @property
    def suggestions(self) -> list[Suggested]:
        """Of the version that read the grant last."""
        return next((r.suggestions for r in self.readings if r.is_latest), [])

    @property
    def acts(self) -> list[Act]:
        """All that people did with it, newest first."""
        acts: list[tuple[datetime, int, Act]] = [
            *((a.submitted_at, a.pk, a) for a in self.annotations),
            *((s.skipped_at, s.pk, s) for s in self.skips),
            *((n.created_at, n.pk, n) for n in self.notes),
            *((a.adjudicated_at, a.pk, a) for a in self.adjudications),
            *((d.decided_at, d.pk, d) for d in self.sprint_decisions),
        ]
        return [act for *_, act in sorted(acts, key=lambda act: act[:2], reverse=True)]

    @property
    def held_by(self) -> str:
        """Who has the grant open at this moment; empty: nobody."""
        item = self.queue_item
        is_held = item and item.claimed_until and item.claimed_until > timezone.now()
        return item.claimed_by.username if item and is_held and item.claimed_by else ""


def grant_history(grant: Grant) -> GrantHistory:
    """What happened to a grant, with what was shown each time. Twelve queries."""
    annotations = list(
        grant.annotations.select_related(
            "annotator", "model_version", "taxonomy_release__taxonomy", "superseded_by"
        )
        .prefetch_related(
            Prefetch("outcomes", Outcome.objects.select_related("facet")),
            Prefetch("decisions", Decision.objects.select_related("category__facet")),
        )
        .order_by("-pk")
    )
    came = grant.labels.select_related("category__facet").order_by("category__position")
    adjudications = list(
        grant.adjudications.select_related("adjudicator", "superseded_by").prefetch_related(
            "rulings__category",
            Prefetch("facet_rulings", FacetRuling.objects.select_related("facet")),
        )
    )
    holds = [a for a in adjudications if not hasattr(a, "superseded_by")]
    given = of_labels(came, {adjudication.grant_id: adjudication for adjudication in holds})
    return GrantHistory(
        annotations=annotations,
        labels=_by_source([*given, *_of_annotators(annotations)], holds),
        readings=_readings(grant, annotations),
        skips=list(grant.skips.select_related("annotator")),
        notes=list(grant.notes.select_related("author")),
        adjudications=adjudications,
        sprint_decisions=list(
            SprintDecision.objects.filter(sprint_grant__grant=grant).select_related(
                "annotator", "sprint_grant__sprint__category"
            )
        ),
        queue_item=QueueItem.objects.filter(grant=grant).select_related("claimed_by").first(),
    )


def _of_annotators(annotations: Iterable[Annotation]) -> list[GivenLabel]:
    standing = [a for a in annotations if not a.is_withdrawal and not hasattr(a, "superseded_by")]
    # What was changed after the suggestions were seen is the label that is shown.
    revised = {a.revises_id for a in standing}
    standing = [a for a in standing if a.pk not in revised]
    return [label for annotation in standing for label in of_annotation(annotation)]


def _by_source(
    given: Iterable[GivenLabel], adjudications: Iterable[Adjudication]
) -> list[SourceLabels]:
    found: dict[str, dict[Category, list[GivenLabel]]] = defaultdict(lambda: defaultdict(list))
    for label in given:
        found[label.source][label.category].append(label)
    empty = {Label.Source.ADJUDICATED.value: [o for a in adjudications for o in ruled_empty(a)]}
    return [
        SourceLabels(source, words, list(found[source].items()), empty.get(source, []))
        for source, words in SOURCES.items()
        if source in found or empty.get(source)
    ]


def _readings(grant: Grant, annotations: Iterable[Annotation]) -> list[Reading]:
    """One a version, the last reader first and then the newest."""
    rows = grant.suggestions.with_marks().select_related("category__facet", "model_version")
    stored: dict[ModelVersion, list[Suggested]] = defaultdict(list)
    if grant.scored_by:  # it may have read the grant and found nothing
        stored[grant.scored_by] = []
    for row in rows.order_by("category__facet__position", "rank"):
        stored[row.model_version].append(_suggested(row))
    shown: dict[ModelVersion, dict[int, Suggested]] = defaultdict(dict)
    for annotation in annotations:
        version = annotation.model_version
        if version is not None and version not in stored:
            shown[version] |= _shown(annotation)
    readings = [
        *(Reading(v, v.pk == grant.scored_by_id, True, found) for v, found in stored.items()),
        *(Reading(v, False, False, _in_order(found)) for v, found in shown.items()),
    ]
    return sorted(readings, key=lambda r: (r.is_latest, r.version.pk), reverse=True)


def _suggested(row: Suggestion) -> Suggested:
    marked = row.is_sensitive
    return Suggested(
        category=row.category,
        score=row.score,
        rank=row.rank,
        is_ticked=row.is_ticked and not marked,
        is_lexical=row.is_lexical,
        evidence=row.evidence,
        needs_person=row.is_ticked and marked,
    )


def _shown(annotation: Annotation) -> dict[int, Suggested]:
    return {
        d.category_id: Suggested(d.category, d.score, d.rank, bool(d.was_ticked))
        for d in annotation.decisions.all()
        if d.score is not None and d.rank is not None
    }


def _in_order(found: dict[int, Suggested]) -> list[Suggested]:
    return sorted(found.values(), key=lambda s: (s.category.facet.position, s.rank))
