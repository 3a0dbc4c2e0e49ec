"""How far suggestions can be trusted: the whole, by part, by category, and near misses."""

from collections.abc import Callable

from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_GET

from annotation.models import Grant, StoredReport
from annotation.reports.grant_filters import secret
from annotation.reports.quality import CategoryTrust, Quality, near_misses, quality
from annotation.reports.quality_charts import growth_of, honesty_of
from annotation.reports.stored_reports import report_state
from annotation.views.gate import administrators_only
from annotation.views.wrong_parts import without_wrong_parts

PAGE = 50
SHOWN_MISSES = 5
SORTS = {
    "f1": lambda row: None if row.f1.is_too_few else row.f1.value,
    "precision": lambda row: None if row.precision.is_too_few else row.precision.value,
    "recall": lambda row: None if row.recall.is_too_few else row.recall.value,
    "rules": lambda row: row.rules.value if row.rules else None,
    "examples": lambda row: row.n_examples,
    "measured": lambda row: row.recall.n,
    "gain": lambda row: row.gain,
    "name": lambda row: row.label.casefold(),
}
BANDS = ((0, 0), (1, 4), (5, 9), (10, 19), (20, 49), (50, 10**9))
BAND_WORDS = ("0", "1 to 4", "5 to 9", "10 to 19", "20 to 49", "50 and more")


@administrators_only
@require_GET
def quality_page(request):
    state = report_state("quality")
    found = quality(state.shown)
    context: dict[str, object] = {"report": state, "quality": found}
    if found:
        query = {name: request.GET.get(name, "") for name in ("q", "facet", "level", "band")}
        faults = without_wrong_parts(query, _part_of(found))
        rows = _sorted(_filtered(found.categories, query), request.GET.get("sort", ""))
        context |= {
            "faults": faults,
            "growth": growth_of(found.body),
            "honesty": honesty_of(found.body),
            "misses": found.misses if "misses" in request.GET else found.misses[:SHOWN_MISSES],
            "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
            "levels": _levels(found),
            "bands": list(enumerate(BAND_WORDS)),
            "sort": request.GET.get("sort") or "f1",
            "gains": _gains(found.categories),
        }
    return render(request, "quality/page.html", context)


@administrators_only
@require_GET
def near_miss(request):
    """The grants in which one category was missed and another ticked, but for secret ones."""
    codes = request.GET.get("right", ""), request.GET.get("ticked", "")
    report = StoredReport.objects.newest("quality")
    found = near_misses(report)
    miss = next((m for m in found if (m.right.code, m.ticked.code) == codes), None)
    if miss is None:
        raise Http404(f"There is no near miss of {codes[0]!r} and {codes[1]!r} in these figures.")
    measured = Grant.objects.filter(pk__in=miss.grants)
    grants = list(measured.filter(~secret()).order_by("pk"))
    n_hidden = measured.filter(secret()).count()
    context = {
        "report": report,
        "miss": miss,
        "page": Paginator(grants, PAGE).get_page(request.GET.get("page")),
        "n_hidden": n_hidden,
        "n_gone": miss.n - n_hidden - len(grants),
    }
    return render(request, "quality/near_miss.html", context)


def _levels(found: Quality) -> list[int]:
    return sorted({row.level for row in found.categories})


def _part_of(found: Quality) -> Callable[[str, str], bool]:
    """Whether the page offers such a part to choose, by its name and value."""
    offered = {
        "facet": list(found.facets),
        "level": list(map(str, _levels(found))),
        "band": list(map(str, range(len(BAND_WORDS)))),
    }
    return lambda name, value: value in offered[name]


def _filtered(rows: list[CategoryTrust], query: dict[str, str]) -> list[CategoryTrust]:
    words = query.get("q", "").casefold().split()
    facet, level, band = (query.get(name, "") for name in ("facet", "level", "band"))
    return [
        row
        for row in rows
        if facet in ("", row.facet)
        and level in ("", str(row.level))
        and band in ("", str(_band(row.n_examples)))
        and all(word in " ".join([row.code, row.label, *row.path]).casefold() for word in words)
    ]


def _band(n_examples: int) -> int:
    return next(band for band, (low, high) in enumerate(BANDS) if low <= n_examples <= high)


def _sorted(rows: list[CategoryTrust], sort: str) -> list[CategoryTrust]:
    """By a column's name, a minus sign turning it round; what has no figure comes last."""
    key = SORTS.get(sort.removeprefix("-"), SORTS["f1"])
    known = [row for row in rows if key(row) is not None]
    unknown = [row for row in rows if key(row) is None]
    known.sort(key=lambda row: (key(row), row.code), reverse=sort.startswith("-"))
    return known + sorted(unknown, key=lambda row: (-row.recall.n, row.code))


def _gains(rows: list[CategoryTrust]) -> list[CategoryTrust]:
    """The five categories to which ten more examples bring most."""
    known = [row for row in rows if row.gain is not None]
    return sorted(known, key=lambda row: (-(row.gain or 0), row.code))[:5]
