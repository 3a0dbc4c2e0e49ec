"""The export page, and the files that come out of it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from annotation.downloads import as_attachment
from annotation.errors import ExportRefused
from annotation.exporters import EXPORTERS
from annotation.forms.exporting import ExportForm
from annotation.models import Category, Grant
from annotation.reports.annotation_lines import annotations_of
from annotation.reports.grant_lines import fit_for_360, grants_found
from annotation.reports.sprint_lines import sprint_decisions_of
from annotation.services.exports import start_export
from annotation.templatetags.words import counted
from annotation.views.filters import chips
from annotation.views.gate import administrators_only

COUNTED = 100_000  # rows of a kind: a page that is only looked at does not read millions
WHAT = tuple(dict.fromkeys(what for what, _ in EXPORTERS))


@administrators_only
@require_GET
def export_page(request):
    given = request.GET.copy()
    given.setdefault("as", "csv")
    form = ExportForm("grants", given)
    form.is_valid()
    return _page(request, form)


@administrators_only
@require_POST
def export_file(request, what: str):
    """The file itself, or the page again with what is wrong.

    By a form only, since who took what is noted: no link on another site, no image in a text and
    no browser that fetches ahead may write into the audit log.
    """
    if what not in WHAT:
        raise Http404
    form = ExportForm(what, request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        return as_attachment(start_export(form.export_order(), by=request.user))
    except ExportRefused as error:
        return _page(request, form, problem=str(error), status=422)


def _page(request, form: ExportForm, problem: str = "", status: int = 200):
    query = form.filters()
    n_found, grants = _counted(grants_found(query), "grant")
    n_annotations, annotations = _counted(annotations_of(query), "annotation")
    n_decisions, sprint_decisions = _counted(sprint_decisions_of(query), "decision")
    is_more, n_found = n_found > COUNTED, min(n_found, COUNTED)
    n_fit = _n_fit(query, is_more)
    context = {
        "form": form,
        "problem": problem,
        "errors": _errors(form),
        "query": query,
        "chips": chips(query),
        "back": urlencode(query),
        "n_found": n_found,
        "n_fit": n_fit,
        "n_left_out": n_found - n_fit,
        "is_more": is_more,
        "grants": grants,
        "n_annotations": n_annotations,
        "annotations": annotations,
        "n_sprint_decisions": n_decisions,
        "sprint_decisions": sprint_decisions,
        "n_categories": Category.objects.active().count(),
        "exporters": list(EXPORTERS.values()),
    }
    return render(request, "export/page.html", context, status=status)


def _counted(rows: QuerySet[Any], noun: str) -> tuple[int, str]:
    """How many, and that in words; at most one more than ``COUNTED`` of them are read."""
    n = rows.order_by().values("pk")[: COUNTED + 1].count()
    return n, counted(n, noun) if n <= COUNTED else f"more than {counted(COUNTED, noun)}"


def _n_fit(query: Mapping[str, str], is_more: bool) -> int:
    """How many of the grants found, of the first of them where there are more, fit 360Giving."""
    if not is_more:
        return grants_found(query, for_360=True).count()
    first = grants_found(query).order_by("pk").values("pk")[:COUNTED]
    return Grant.objects.filter(fit_for_360(), pk__in=first).count()


def _errors(form: ExportForm) -> list[str]:
    """What is wrong, each with the name it has in the address."""
    return [f"{name}: {error}" for name, errors in form.errors.items() for error in errors]
