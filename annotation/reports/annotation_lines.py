"""Annotations as plain lines for an export, with everything that was shown."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC

from django.db.models import Exists, OuterRef, QuerySet

from annotation.exporters.lines import AnnotationLine, DecisionLine
from annotation.models import Annotation, Category, Decision, Outcome
from annotation.reports.grant_filters import filtered
from annotation.reports.terms import Terms, read_terms, version_name

BATCH = 1_000


def annotations_of(query: Mapping[str, str]) -> QuerySet[Annotation]:
    """Every annotation on a grant of the list's filter, also those that no longer stand."""
    found = Annotation.objects.all()
    if not any(query.values()):
        return found
    return found.filter(Exists(filtered(query).filter(pk=OuterRef("grant_id"))))


def annotation_lines(found: QuerySet[Annotation]) -> Iterator[AnnotationLine]:
    """Every annotation, oldest first; three queries a batch."""
    terms = read_terms(Category.objects.all())
    last = 0
    rows = found.select_related(
        "grant", "annotator", "taxonomy_release__taxonomy", "superseded_by"
    ).only(
        "grant__reference", "annotator__username", "superseded_by__supersedes", "supersedes_id",
        "revises_id",
        "model_version_id", "taxonomy_release__number", "taxonomy_release__taxonomy__name",
        "submitted_at", "is_withdrawal", "is_blind", "stream", "seconds", "content_sha256",
    )  # fmt: skip
    while batch := list(rows.filter(pk__gt=last).order_by("pk")[:BATCH]):
        last = batch[-1].pk
        keys = [annotation.pk for annotation in batch]
        outcomes, decisions = _outcomes(keys, terms), _decisions(keys, terms)
        for annotation in batch:
            pk = annotation.pk
            yield _annotation_line(annotation, outcomes.get(pk, ()), decisions.get(pk, ()))


def _outcomes(keys: list[int], terms: Terms) -> dict[int, list[tuple[str, str]]]:
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    rows = Outcome.objects.filter(annotation__in=keys).order_by("facet__position", "pk")
    for annotation, facet, value in rows.values_list("annotation_id", "facet_id", "value"):
        found[annotation].append((terms.facet_codes[facet], value))
    return found


def _decisions(keys: list[int], terms: Terms) -> dict[int, list[DecisionLine]]:
    found: dict[int, list[DecisionLine]] = defaultdict(list)
    rows = Decision.objects.filter(annotation__in=keys).order_by("pk")
    for annotation, category, verdict, score, rank, was_ticked in rows.values_list(
        "annotation_id", "category_id", "verdict", "score", "rank", "was_ticked"
    ):
        line = DecisionLine(terms.terms[category], verdict, score, rank, was_ticked)
        found[annotation].append(line)
    return found


def _annotation_line(
    row: Annotation,
    outcomes: Sequence[tuple[str, str]],
    decisions: Sequence[DecisionLine],
) -> AnnotationLine:
    is_superseded = hasattr(row, "superseded_by")
    return AnnotationLine(
        annotation=row.pk,
        reference=row.grant.reference,
        annotator=row.annotator.username,
        submitted_at=row.submitted_at.astimezone(UTC),
        supersedes=row.supersedes_id,
        revises=row.revises_id,
        is_withdrawal=row.is_withdrawal,
        stands=not is_superseded and not row.is_withdrawal,
        is_blind=row.is_blind,
        stream=row.stream,
        seconds=row.seconds,
        model_version=version_name(row.model_version_id),
        taxonomy_release=str(row.taxonomy_release),
        content_sha256=row.content_sha256,
        outcomes=tuple(outcomes),
        decisions=tuple(decisions),
    )
