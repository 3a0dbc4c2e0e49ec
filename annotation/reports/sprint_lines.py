"""Sprint decisions as plain lines for an export."""

from collections.abc import Iterator, Mapping
from datetime import UTC

from django.db.models import Exists, OuterRef, QuerySet

from annotation.exporters.lines import SprintLine
from annotation.models import Category, SprintDecision
from annotation.reports.grant_filters import filtered
from annotation.reports.terms import Terms, read_terms, version_name

BATCH = 1_000


def sprint_decisions_of(query: Mapping[str, str]) -> QuerySet[SprintDecision]:
    """Every sprint decision on a grant of the list's filter, also those that no longer stand."""
    found = SprintDecision.objects.all()
    if not any(query.values()):
        return found
    return found.filter(Exists(filtered(query).filter(pk=OuterRef("sprint_grant__grant_id"))))


def sprint_lines(found: QuerySet[SprintDecision]) -> Iterator[SprintLine]:
    """Every sprint decision, oldest first; one query a batch."""
    terms = read_terms(Category.objects.all())
    last = 0
    rows = found.select_related(
        "sprint_grant__sprint", "sprint_grant__grant", "annotator", "superseded_by"
    ).only(
        "verdict", "supersedes_id", "is_withdrawal", "content_sha256", "seconds", "decided_at",
        "annotator__username", "superseded_by__supersedes",
        "sprint_grant__source", "sprint_grant__score", "sprint_grant__grant__reference",
        "sprint_grant__sprint__category_id", "sprint_grant__sprint__model_version_id",
    )  # fmt: skip
    while batch := list(rows.filter(pk__gt=last).order_by("pk")[:BATCH]):
        last = batch[-1].pk
        yield from (_line(decision, terms) for decision in batch)


def _line(row: SprintDecision, terms: Terms) -> SprintLine:
    asked = row.sprint_grant
    return SprintLine(
        sprint=asked.sprint_id,
        decision=row.pk,
        reference=asked.grant.reference,
        term=terms.terms[asked.sprint.category_id],
        verdict=row.verdict,
        annotator=row.annotator.username,
        decided_at=row.decided_at.astimezone(UTC),
        supersedes=row.supersedes_id,
        is_withdrawal=row.is_withdrawal,
        stands=not hasattr(row, "superseded_by") and not row.is_withdrawal,
        seconds=row.seconds,
        source=asked.source,
        score=asked.score,
        model_version=version_name(asked.sprint.model_version_id),
        content_sha256=row.content_sha256,
    )
