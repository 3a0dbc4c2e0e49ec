"""The names of categories, for lines that others will read."""

from dataclasses import dataclass

from django.db.models import QuerySet

from annotation.exporters.lines import Layout, Term
from annotation.models import Category, Facet, Taxonomy


@dataclass(frozen=True)
class Terms:
    """Every category that a line may name, in the taxonomy's order; read once an export."""

    terms: dict[int, Term]
    facet_of: dict[int, int]
    facet_codes: dict[int, str]
    order: dict[int, int]


def layout(*, is_raw: bool, with_suggestions: bool) -> Layout:
    """Two queries."""
    taxonomy = Taxonomy.objects.select_related("release").filter(is_current=True).first()
    return Layout(
        taxonomy=taxonomy.name if taxonomy else "",
        release=taxonomy.release.number if taxonomy and taxonomy.release else 0,
        facets=tuple(Facet.objects.current().values_list("code", "label")),
        with_suggestions=with_suggestions,
        is_raw=is_raw,
    )


def read_terms(categories: QuerySet[Category]) -> Terms:
    """Two queries."""
    rows = list(
        categories.order_by("facet__position", "position", "code").values_list(
            "pk", "taxonomy__name", "facet_id", "facet__code", "facet__label", "code", "label"
        )
    )
    return Terms(
        terms={r[0]: Term(f"{r[1]} {r[4]}", r[3], r[5], r[6]) for r in rows},
        facet_of={r[0]: r[2] for r in rows},
        facet_codes=dict(Facet.objects.values_list("pk", "code")),
        order={r[0]: n for n, r in enumerate(rows)},
    )


def version_name(version: int | None) -> str:
    return f"v{version}" if version else ""
