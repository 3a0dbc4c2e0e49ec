"""What an annotator is shown of a grant: the suggestions as plain values, or nothing."""

from typing import Any

from django.db.models import F

from annotation.models import Grant, Suggestion


def suggestions_of(grant: Grant) -> list[dict[str, Any]]:
    """What the version that read the grant last suggests, as plain values to be kept."""
    rows = (
        Suggestion.objects.filter(
            grant=grant, model_version=grant.scored_by_id, category__retired_at=None
        )
        .with_marks()
        .annotate(says_why=F("model_version__says_why"))
        .select_related("category__facet")
        .order_by("category__facet__position", "category__facet__code", "rank")
    )
    return [
        {
            "facet": row.category.facet.code,
            "category": row.category.code,
            "label": row.category.label,
            "path": row.category.ancestor_labels,
            "definition": row.category.definition,
            "scope_note": row.category.scope_note,
            "score": row.score,
            "rank": row.rank,
            "ticked": row.is_ticked and not row.is_sensitive,
            "needs_person": row.is_ticked and row.is_sensitive,
            "lexical": row.is_lexical,
            "evidence": row.evidence,
            # Kept only where it is so: what was kept in earlier days does not say.
            **({} if vars(row)["says_why"] else {"cannot_say": True}),
        }
        for row in rows
    ]
