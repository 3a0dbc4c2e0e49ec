"""The taxonomy in use as plain lines for an export."""

from collections.abc import Iterator

from annotation.exporters.lines import CategoryLine
from annotation.models import Category


def category_lines() -> Iterator[CategoryLine]:
    """Every category of the taxonomy in use in its order, retired ones too. Two queries."""
    rows = list(
        Category.objects.current()
        .select_related("facet", "merged_into__facet")
        .order_by("facet__position", "position", "code")
    )
    by_code = {row.code: row for row in rows}
    for row in rows:
        above = row.ancestor_codes
        offered = (c for c in reversed(above) if c in by_code and not by_code[c].retired_at)
        merged = row.merged_into
        yield CategoryLine(
            facet=row.facet.code,
            code=row.code,
            label=row.label,
            broader=above[-1] if above else "",
            broader_offered=next(offered, ""),
            definition=row.definition,
            scope_note=row.scope_note,
            alt_labels=tuple(row.alt_labels),
            include_pattern=row.include_pattern,
            exclude_pattern=row.exclude_pattern,
            is_retired=row.retired_at is not None,
            merged_into=(merged.facet.code, merged.code) if merged else None,
        )
