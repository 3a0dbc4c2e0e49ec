"""The coverage page: how many examples each category has, the thin ones first."""

from collections import Counter

from django.core.paginator import Paginator
from django.shortcuts import render
from django.views.decorators.http import require_GET

from annotation.reports.coverage import CategoryCoverage, FacetCoverage, coverage
from annotation.views.gate import administrators_only

PAGE = 100
SORTS = {
    "examples": lambda row: (row.examples, -row.pending, row.code),
    "below": lambda row: (row.with_below, row.code),
    "pending": lambda row: (row.pending, row.code),
    "name": lambda row: (row.label.casefold(), row.code),
}
BAND_WORDS = ("0", "under 5", "under 10", "under 50", "50+")


@administrators_only
@require_GET
def coverage_page(request):
    everything = coverage()
    rows = [row for facet in everything.facets for row in facet.rows]
    found = _sorted(_filtered(rows, request.GET), request.GET.get("sort", ""))
    context = {
        "coverage": everything,
        "pictures": [_picture(facet) for facet in everything.facets],
        "facet_labels": {facet.code: facet.label for facet in everything.facets},
        "page": Paginator(found, PAGE).get_page(request.GET.get("page")),
        "n_categories": len(rows),
        "n_without": sum(row.band == 0 for row in rows),
        "n_thin": sum(row.band < 3 for row in rows),
        "n_covered": sum(row.band == 4 for row in rows),
        "levels": sorted({row.level for row in rows}),
        "bands": list(enumerate(BAND_WORDS)),
        "sort": request.GET.get("sort") or "examples",
    }
    return render(request, "coverage/page.html", context)


def _filtered(rows: list[CategoryCoverage], query) -> list[CategoryCoverage]:
    words = query.get("q", "").casefold().split()
    facet, level, band = (query.get(name, "") for name in ("facet", "level", "band"))
    return [
        row
        for row in rows
        if facet in ("", row.facet)
        and level in ("", str(row.level))
        and band in ("", str(row.band))
        and all(word in " ".join([row.code, row.label, *row.path]).casefold() for word in words)
    ]


def _sorted(rows: list[CategoryCoverage], sort: str) -> list[CategoryCoverage]:
    """By a column's name; a minus sign in front turns the order round."""
    key = SORTS.get(sort.removeprefix("-"), SORTS["examples"])
    return sorted(rows, key=key, reverse=sort.startswith("-"))


def _picture(facet: FacetCoverage) -> dict:
    """The facet's categories by band, as pieces of a bar that is 100 wide."""
    counts = Counter(row.band for row in facet.rows)
    total = max(1, len(facet.rows))
    pieces, x = [], 0.0
    for band, words in enumerate(BAND_WORDS):
        width = 100 * counts[band] / total
        pieces.append({"band": band, "words": words, "n": counts[band], "x": x, "width": width})
        x += width
    return {"facet": facet, "pieces": pieces}
