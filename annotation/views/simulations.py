""" "Does choosing help?": simulations on the site's own labels."""

import json

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotation.downloads import as_attachment
from annotation.errors import SimulationRefused
from annotation.exporters import CSV
from annotation.exporters.csv_file import csv_file
from annotation.forms.simulating import SimulationForm
from annotation.models import SimulationRun
from annotation.reports.labelled_ground import first_deed
from annotation.reports.query_strategies import BY_LOT, QUERY_STRATEGIES, mix_labels
from annotation.reports.simulation_charts import legend, panels
from annotation.reports.simulation_costs import LEAST_GRANTS, ground, seconds_of
from annotation.reports.simulations import (
    COSTS,
    METRICS,
    as_rows,
    chance_of,
    points_of,
    progress_of,
    simulation_rows,
    verdicts,
)
from annotation.reports.simulations import as_json as json_of
from annotation.services.figure_files import give_figures
from annotation.services.simulations import (
    delete_simulation,
    request_simulation,
    stop_simulation,
)
from annotation.views.confirm import confirm
from annotation.views.gate import administrators_only, go_to
from annotation.views.paging import key_before


@administrators_only
@require_GET
def simulation_list(request):
    return _list(request)


@administrators_only
@require_http_methods(["GET", "POST"])
def start(request):
    """Say on GET what it will cost, and ask; begin on POST."""
    if request.method == "GET" and not request.GET:
        return redirect("simulations")
    form = SimulationForm(request.POST if request.method == "POST" else request.GET, there=ground())
    if not form.is_valid():
        return _list(request, form, status=422)
    if request.method == "GET":
        labels = mix_labels()
        context = {
            "form": form,
            "order": form.order(),
            "labels": [labels[name] for name in form.cleaned_data["strategies"]],
            "seconds": seconds_of(form.there, form.n_curves, form.n_points),
        }
        return render(request, "simulations/start.html", context)
    try:
        run = request_simulation(request.user, form.order())
    except SimulationRefused as error:
        return _list(request, form, problem=str(error), status=409)
    return redirect("simulation", run.pk)


@administrators_only
@require_GET
def simulation(request, pk: int):
    return render(request, "simulations/page.html", _context(request, _run(pk)))


@administrators_only
@require_GET
def progress(request, pk: int):
    """The card of a running simulation, asked for every few seconds.

    What the curves say comes with it only when there is another whole one, or it has ended.
    """
    run = _run(pk)
    now = progress_of(run)
    was = (request.GET.get("was"), request.GET.get("whole"))
    has_turned = was != (run.status, str(now.n_whole))
    context = _context(request, run) if has_turned else {"run": run, "progress": now}
    context |= {"over": _over(request), "has_turned": has_turned}
    return render(request, "simulations/_turn.html", context)


@administrators_only
@require_http_methods(["GET", "POST"])
def stop(request, pk: int):
    return _asked(request, _run(pk), stop_simulation, "simulations/_stop.html", "stopped")


@administrators_only
@require_http_methods(["GET", "POST"])
def delete(request, pk: int):
    return _asked(request, _run(pk), delete_simulation, "simulations/_delete.html", "deleted")


@administrators_only
@require_POST
def as_csv(request, pk: int):
    """Every point of whole curves. By a form only, since it is noted who took it."""
    run = _run(pk)
    name = f"simulation-{run.pk}-curves.csv"
    pieces = csv_file(as_rows(run), is_raw=True)
    return as_attachment(give_figures(request.user, run, "csv", name, CSV, pieces))


@administrators_only
@require_POST
def as_json(request, pk: int):
    """Settings, points and savings; as the other file."""
    run = _run(pk)
    name = f"simulation-{run.pk}.json"
    piece = json.dumps(json_of(run), indent=2).encode()
    return as_attachment(give_figures(request.user, run, "json", name, "application/json", [piece]))


def _asked(request, run: SimulationRun, deed, question: str, done: str):
    """Ask on GET; do it on POST, and go back with a word of what was done."""
    context = {"run": run, "page": "Simulations"}
    if request.method == "GET":
        return confirm(request, question, context)
    try:
        deed(request.user, run)
    except SimulationRefused as error:
        return confirm(request, question, context | {"problem": error}, status=409)
    messages.success(request, f"The simulation is {done}.")
    over = done == "deleted"
    return go_to(request, reverse("simulations") if over else reverse("simulation", args=[run.pk]))


def _run(pk: int) -> SimulationRun:
    return get_object_or_404(
        SimulationRun.objects.defer("material").select_related("requested_by"), pk=pk
    )


def _over(request) -> str:
    """What the curves lie over; labels where the address names nothing that there is."""
    over = request.GET.get("over", "")
    return over if over in COSTS else "labels"


def _context(request, run: SimulationRun) -> dict:
    over = _over(request)
    points, found = points_of(run), verdicts(run, over)
    return {
        "run": run,
        "progress": progress_of(run),
        "over": over,
        "costs": list(COSTS),
        "metrics": list(METRICS.values()),
        "verdicts": found,
        "chance": chance_of(found),
        "legend": legend(points),
        "panels": panels(points, over) if points else [],
        "labels": [mix_labels().get(name, name) for name in run.strategies],
    }


def _list(request, form: SimulationForm | None = None, status: int = 200, problem=""):
    under_way = SimulationRun.objects.open().defer("material", "results").first()
    before = key_before(request)
    runs = simulation_rows(before)
    context = {
        "rows": runs.rows,
        "older": runs.older,
        "is_first": before is None,
        "under_way": under_way,
        "problem": problem,
    }
    if under_way is None:  # else nobody gets the form, and what is labelled need not be counted
        form = form or SimulationForm(there=ground())
        context |= {
            "form": form,
            "there": form.there,
            "first_deed": "" if form.there.is_enough else first_deed(),
            "least": LEAST_GRANTS,
            "chosen": form["strategies"].value() or [],
            "by_lot": BY_LOT,
            "strategies": QUERY_STRATEGIES,
            "numbers": [form[name] for name in ("n_seeds", "start", "batch", "budget")],
        }
    return render(request, "simulations/list.html", context, status=status)
