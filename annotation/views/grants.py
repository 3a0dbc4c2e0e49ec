"""Finding grants, and one grant with its history."""

from urllib.parse import urlencode

from django.db.models import Q
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from annotation.models import Category, Grant
from annotation.reports.categories import current_release
from annotation.reports.grant_history import Suggested, grant_history
from annotation.reports.grants import find_grants, programmes, years
from annotation.reports.look_alikes import look_alikes

FIRST = 3
ACTS = 5  # older ones are folded
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
    facts = Grant.objects.select_related("scored_by", "import_run__imported_by")
    grant = get_object_or_404(facts, pk=pk)
    history = grant_history(grant)
    item = history.queue_item
    context = {
        "grant": grant,
        "history": history,
        # Whoever still has to decide it blind may read this page first.
        "is_secret": item is not None and item.is_blind and item.is_open,
        "acts": history.acts[:ACTS],
        "older_acts": history.acts[ACTS:],
        "readings": [(reading, _by_facet(reading.suggestions)) for reading in history.readings],
        "look_alikes": look_alikes(grant),
        "paragraphs": [line for line in grant.description.splitlines() if line.strip()],
    }
    return render(request, "grants/grant.html", context)


@require_GET
def grant_look_alikes(request, pk: int):
    """A piece of a page: what a grant's look-alikes were labelled."""
    grant = get_object_or_404(Grant, pk=pk)
    context = {"grant": grant, "look_alikes": look_alikes(grant)}
    return render(request, "grants/_look_alikes.html", context)


def _by_facet(suggestions: list[Suggested]) -> list[dict]:
    """The likeliest of each facet, and the rest to be unfolded."""
    facets: dict[str, list[Suggested]] = {}
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
