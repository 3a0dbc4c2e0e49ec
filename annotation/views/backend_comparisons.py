"""The kinds of model compared on the site's own labels."""

import json

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotation.downloads import as_attachment
from annotation.errors import ComparisonRefused
from annotation.forms.comparing_backends import BackendComparisonForm
from annotation.models import BackendComparison
from annotation.reports.backend_charts import report_of
from annotation.reports.backend_comparisons import (
    ENOUGH_AUDIT_GRANTS,
    LEAST_GRANTS,
    comparison_rows,
    found_in,
    ground,
    n_labelled_since,
    progress_of,
    words_of_backends,
)
from annotation.reports.labelled_ground import first_deed
from annotation.services.backend_comparisons import (
    delete_backend_comparison,
    request_backend_comparison,
    stop_backend_comparison,
)
from annotation.services.figure_files import give_figures
from annotation.views.confirm import confirm
from annotation.views.gate import administrators_only, go_to
from annotation.views.paging import key_before

HTML = "text/html; charset=utf-8"


@administrators_only
@require_GET
def comparison_list(request):
    return _list(request)


@administrators_only
@require_POST
def start(request):
    form = BackendComparisonForm(request.POST, there=ground())
    if not form.is_valid():
        return _list(request, form, status=422)
    try:
        run = request_backend_comparison(request.user, form.order())
    except ComparisonRefused as error:
        return _list(request, form, problem=str(error), status=409)
    return redirect("backend_comparison", run.pk)


@administrators_only
@require_GET
def comparison(request, pk: int):
    run = _run(pk)
    context = _context(run) | {"n_since": n_labelled_since(run)}
    return render(request, "backends/page.html", context)


@administrators_only
@require_GET
def progress(request, pk: int):
    """The card of a running comparison, asked for every few seconds.

    Figures come with it only when there is another measured one, or it has ended.
    """
    run = _run(pk)
    now = progress_of(run, timezone.now())
    was = (request.GET.get("was"), request.GET.get("over"))
    has_turned = was != (run.status, str(now.n_over))
    context = _context(run) if has_turned else {"run": run, "progress": now} | _words()
    return render(request, "backends/_turn.html", context | {"has_turned": has_turned})


@administrators_only
@require_http_methods(["GET", "POST"])
def stop(request, pk: int):
    return _asked(request, _run(pk), stop_backend_comparison, "backends/_stop.html", "stopped")


@administrators_only
@require_http_methods(["GET", "POST"])
def delete(request, pk: int):
    return _asked(request, _run(pk), delete_backend_comparison, "backends/_delete.html", "deleted")


@administrators_only
@require_POST
def as_json(request, pk: int):
    """All figures, as the command writes them. By a form only, since it is noted who took it."""
    run = _run(pk)
    found = _found_or_404(run)
    piece = json.dumps(found | {"status": run.status}, indent=1, allow_nan=False).encode()
    name = f"comparison-{run.pk}.json"
    return as_attachment(give_figures(request.user, run, "json", name, "application/json", [piece]))


@administrators_only
@require_POST
def as_report(request, pk: int):
    """One file with text, tables and charts, as the command writes it; as the other file."""
    run = _run(pk)
    piece = render_to_string("comparison/report.html", report_of(_found_or_404(run))).encode()
    name = f"comparison-{run.pk}.html"
    return as_attachment(give_figures(request.user, run, "html", name, HTML, [piece]))


def _found_or_404(run: BackendComparison) -> dict:
    found = found_in(run, is_whole=True)
    if found is None:
        raise Http404("Nothing is measured yet.")
    return found


def _asked(request, run: BackendComparison, deed, question: str, done: str):
    """Ask on GET; do it on POST, and go back with a word of what was done."""
    context = {"run": run, "page": "Kinds of model"}
    if request.method == "GET":
        return confirm(request, question, context)
    try:
        deed(request.user, run)
    except ComparisonRefused as error:
        return confirm(request, question, context | {"problem": error}, status=409)
    messages.success(request, f"The comparison is {done}.")
    if done == "deleted":
        return go_to(request, reverse("backend_comparisons"))
    return go_to(request, reverse("backend_comparison", args=[run.pk]))


def _run(pk: int) -> BackendComparison:
    runs = BackendComparison.objects.defer("material").select_related("requested_by")
    return get_object_or_404(runs, pk=pk)


def _words() -> dict:
    return {"words": words_of_backends()}


def _context(run: BackendComparison) -> dict:
    found = found_in(run)
    return {
        "run": run,
        "progress": progress_of(run, timezone.now()),
        "report": report_of(found) if found else None,
    } | _words()


def _list(request, form: BackendComparisonForm | None = None, status: int = 200, problem=""):
    under_way = BackendComparison.objects.open().defer("material", "results").first()
    before = key_before(request)
    runs = comparison_rows(before)
    context = {
        "rows": runs.rows,
        "older": runs.older,
        "is_first": before is None,
        "under_way": under_way,
        "problem": problem,
    }
    if under_way is None:  # else nobody gets the form, and what is labelled need not be counted
        form = form or BackendComparisonForm(there=ground())
        context |= {
            "form": form,
            "there": form.there,
            "first_deed": "" if form.there.is_enough else first_deed(),
            "least": LEAST_GRANTS,
            "enough_audit": ENOUGH_AUDIT_GRANTS,
            "chosen": form["backends"].value() or [],
            "month": [form["texts_a_month"], form["trainings_a_month"], form["price_an_hour"]],
        }
    return render(request, "backends/list.html", context | _words(), status=status)
