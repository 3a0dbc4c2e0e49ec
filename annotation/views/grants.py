"""Finding grants, and one grant with its history."""

from urllib.parse import urlencode

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from annotation.forms.filtering import FilterForm
from annotation.models import Grant
from annotation.reports.categories import current_release
from annotation.reports.grant_history import Suggested, grant_history
from annotation.reports.grants import KEYS, find_grants
from annotation.reports.left_out import n_left_out
from annotation.reports.look_alikes import look_alikes
from annotation.views.filters import ALWAYS_SHOWN, chips, choices

FIRST = 3
ACTS = 5  # older ones are folded


@require_GET
def grant_list(request):
    form = FilterForm(request.GET)
    is_right = form.is_valid()
    query = form.filters()
    places = {name: request.GET[name] for name in KEYS if name in request.GET}
    context = {
        "form": form,
        "found": find_grants(query | places) if is_right else None,
        "n_left_out": n_left_out(query) if request.user.is_administrator else 0,
        "chips": chips(query),
        "is_filtered": bool(query) or not is_right,
        "is_detailed": not ALWAYS_SHOWN.issuperset([*query, *form.errors]),
        "export_query": urlencode(query),
        "release": current_release(),
        **choices(),
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
        "is_blind": item is not None and item.is_open and item.is_blind,
        "is_secret": item is not None and item.is_open and (item.is_blind or item.n_required > 1),
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
