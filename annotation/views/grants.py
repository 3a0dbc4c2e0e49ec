"""Finding grants, and one grant with its history."""

from urllib.parse import urlencode

from django.db.models import Q
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from annotation.models import Category, Grant, Suggestion
from annotation.reports.categories import current_release
from annotation.reports.grant_history import grant_history
from annotation.reports.grants import find_grants, programmes, years

FIRST = 3
FILTERS = ("q", "category", "state", "programme", "year")
STATES = {
    "labelled": "Labelled",
    "suggested": "Suggested, not labelled",
    "waiting": "Waiting in the queue",
    "skipped": "Skipped by somebody",
    "audit": "Audit",
}


@require_GET
def grant_list(request):
    query = {name: value.strip() for name, value in request.GET.items()}
    category = _category(query.get("category", ""))
    if category:
        query["category"] = category.code
    found = find_grants(query)
    context = {
        "found": found,
        "last": found.first + len(found.rows) - 1,
        "query": query,
        "category": category,
        "is_filtered": any(query.get(name) for name in FILTERS),
        "export_query": urlencode({name: query[name] for name in FILTERS if query.get(name)}),
        "states": STATES,
        "programmes": programmes(),
        "years": years(),
        "release": current_release(),
    }
    return render(request, "grants/list.html", context)


@require_GET
def grant(request, pk: int):
    grant = get_object_or_404(Grant.objects.select_related("scored_by", "import_run"), pk=pk)
    history = grant_history(grant)
    item = history.queue_item
    context = {
        "grant": grant,
        "history": history,
        # Whoever still has to decide it blind may read this page first.
        "is_secret": item is not None and item.is_open and item.is_blind,
        "by_facet": _by_facet(history.suggestions),
        "paragraphs": [line for line in grant.description.splitlines() if line.strip()],
    }
    return render(request, "grants/grant.html", context)


def _by_facet(suggestions: list[Suggestion]) -> list[dict]:
    """The likeliest of each facet, and the rest to be unfolded."""
    facets: dict[str, list[Suggestion]] = {}
    for suggestion in suggestions:
        facets.setdefault(suggestion.category.facet.label, []).append(suggestion)
    return [
        {"label": label, "first": found[:FIRST], "rest": found[FIRST:]}
        for label, found in facets.items()
    ]


def _category(value: str) -> Category | None:
    """The category of a code, or of a name written out."""
    value = value.replace("\0", "")
    named = Category.objects.current().filter(Q(code=value) | Q(label__iexact=value))
    return named.first() if value else None
