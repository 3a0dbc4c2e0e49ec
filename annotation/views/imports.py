"""Bringing files in: upload, columns, dry run, import, undo. The reading is a worker's."""

import csv

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotation.errors import ImportRefused
from annotation.exporters.csv_file import safe
from annotation.forms.importing import ColumnsForm, UploadForm
from annotation.importers.column_names import column_words, proposed_columns, seems_a_taxonomy
from annotation.importers.grant_rows import CODES, TEXTS, Mapping
from annotation.models import Grant, ImportRun, Taxonomy
from annotation.reports.imports import latest_imports
from annotation.services.imports import (
    cancel_import,
    confirm_import,
    keep_upload,
    map_columns,
    profile_for,
)
from annotation.services.undo_import import BATCH, begin_undo, undo_import, why_not_undone
from annotation.templatetags.words import counted
from annotation.views.gate import administrators_only, go_to
from annotation.views.uploads import MEGABYTE, UPLOAD_LIMIT

State = ImportRun.State
FAULTS_SHOWN = 100
CHOICES = [*TEXTS[:3], "amount_awarded", "currency", "award_date", *TEXTS[4:], *CODES]


@administrators_only
@require_http_methods(["GET", "POST"])
def import_list(request):
    is_sent = request.method == "POST"
    form = UploadForm(request.POST, request.FILES) if is_sent else UploadForm()
    if is_sent and form.is_valid():
        file = form.cleaned_data["file"]
        run = keep_upload(
            request.user,
            kind=form.cleaned_data["kind"],
            name=file.name,
            chunks=file.chunks(),
            with_categories=form.cleaned_data["with_categories"],
        )
        return redirect("import_run", run.pk)
    context = {
        "form": form,
        "runs": latest_imports(),
        "kind": request.POST.get("kind") or request.GET.get("kind") or "grants",
        "is_asked": is_sent,
        "limit": UPLOAD_LIMIT // MEGABYTE,
        "taxonomy": Taxonomy.objects.current(),
    }
    return render(request, "imports/list.html", context, status=422 if is_sent else 200)


@administrators_only
@require_GET
def import_run(request, pk: int):
    run = get_object_or_404(ImportRun, pk=pk)
    wants_columns = run.state == State.CHECKED and "columns" in request.GET
    if run.state == State.COLUMNS or (wants_columns and run.header):
        return _columns_page(request, run)
    return _run_page(request, run)


@administrators_only
@require_GET
def progress(request, pk: int):
    """The card of a file at work, asked for every two seconds; then the page that comes next."""
    run = get_object_or_404(ImportRun, pk=pk)
    if not run.is_busy:
        return go_to(request, reverse("import_run", args=[pk]))
    return render(request, "imports/_progress.html", {"run": run})


@administrators_only
@require_POST
def columns(request, pk: int):
    run = get_object_or_404(ImportRun, pk=pk)
    form = ColumnsForm(run.header, request.POST)
    if not form.is_valid():
        return _columns_page(request, run, form, status=422)
    said = form.cleaned_data
    mapping = Mapping(said["columns"], said["currency"], said["is_day_first"])
    try:
        map_columns(run, request.user, mapping, said["profile"])
    except ImportRefused as error:
        messages.error(request, str(error))
    return redirect("import_run", pk)


@administrators_only
@require_POST
def start(request, pk: int):
    run = get_object_or_404(ImportRun, pk=pk)
    try:
        confirm_import(run, request.user, request.POST.get("choice", ""))
    except ImportRefused as error:
        run.refresh_from_db()
        return _run_page(request, run, problem=str(error), status=409)
    return redirect("import_run", pk)


@administrators_only
@require_POST
def stop(request, pk: int):
    try:
        cancel_import(get_object_or_404(ImportRun, pk=pk), request.user)
    except ImportRefused as error:
        messages.error(request, str(error))
    return redirect("import_run", pk)


@administrators_only
@require_http_methods(["GET", "POST"])
def undo(request, pk: int):
    run = get_object_or_404(ImportRun, pk=pk)
    n_grants = Grant.objects.filter(import_run=run).count()
    context = {"run": run, "n_grants": n_grants}
    status = 200
    if request.method == "POST":
        try:
            _undo(request, run, n_grants)
        except ImportRefused as error:
            context, status = context | {"problem": error}, 409
        else:
            return go_to(request, reverse("import_run", args=[pk]))
    if request.htmx:
        return render(request, "imports/_undo.html", context, status=status)
    return render(
        request, "confirm.html", context | {"question": "imports/_undo.html"}, status=status
    )


def _undo(request, run: ImportRun, n_grants: int) -> None:
    """At once when it is quickly done; a worker deletes many, and the page shows how far it is."""
    if n_grants + run.rows_updated + run.rows_unchanged > BATCH:
        begin_undo(run, request.user)
        return
    n = undo_import(run, request.user)
    messages.success(request, f"The import is undone: {counted(n, 'grant')} deleted.")


@administrators_only
@require_GET
def faults(request, pk: int):
    """The faulty rows as CSV that no spreadsheet program takes for formulas."""
    run = get_object_or_404(ImportRun, pk=pk)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="faulty-rows-{pk}.csv"'
    writer = csv.writer(response, quoting=csv.QUOTE_ALL)
    writer.writerow(["row", "column", "value", "what is wrong", "left out"])
    for row, column, value, problem, is_note in run.faults:
        said = [row, safe(column), safe(value), problem, "no" if is_note else "yes"]
        writer.writerow(said)
    return response


def _run_page(request, run: ImportRun, problem: str = "", status: int = 200):
    context = {
        "run": run,
        "problem": problem,
        "faults": run.faults[:FAULTS_SHOWN],
        "n_shown": FAULTS_SHOWN,
        "n_taken": run.rows_created + run.rows_updated,
        "can_be_undone": (run.is_finished or run.is_abandoned) and not why_not_undone(run),
        "why_not_undone": why_not_undone(run) if run.state == State.DONE else "",
        "taxonomy": Taxonomy.objects.current(),
    }
    return render(request, "imports/run.html", context, status=status)


def _columns_page(request, run: ImportRun, form: ColumnsForm | None = None, status: int = 200):
    profile = profile_for(run.header)
    stored = run.mapping or (profile.mapping if profile else {})
    chosen = {v: k for k, v in (stored.get("columns") or proposed_columns(run.header)).items()}
    rows = [
        {
            "number": n,
            "title": title,
            "becomes": form.data.get(f"column-{n}", "") if form else chosen.get(title, ""),
            "first": [sample[n] for sample in run.samples if sample[n]],
        }
        for n, title in enumerate(run.header)
    ]
    initial = {
        "currency": stored.get("currency", "AUD"),
        "is_day_first": stored.get("is_day_first", True),
        "profile": profile.name if profile else "",
    }
    context = {
        "run": run,
        "form": form or ColumnsForm(run.header, initial=initial),
        "rows": rows,
        "choices": [(column, column_words(column)) for column in CHOICES],
        "profile": profile,
        "seems_a_taxonomy": seems_a_taxonomy(run.header),
    }
    return render(request, "imports/columns.html", context, status=status)
