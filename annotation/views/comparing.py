"""Comparing two model versions: what is stored of it, and asking a worker for it."""

from urllib.parse import urlencode

from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from annotation.errors import NoSuchTraining
from annotation.forms.comparing import PairForm
from annotation.models import StoredReport
from annotation.reports.stored_reports import report_state
from annotation.reports.version_pairs import SHOWN, comparable, pair_of
from annotation.services.comparisons import request_comparison, subject_of
from annotation.views.gate import administrators_only

COMPARISON = StoredReport.Question.COMPARISON


@administrators_only
@require_http_methods(["GET", "POST"])
def compare_versions(request):
    """Show on GET what is known of a pair; ask on POST for its comparison."""
    if request.method == "GET":
        return _page(request, PairForm(_first() | request.GET.dict()))
    form = PairForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    before, after = form.pair()
    try:
        request_comparison(before, after, request.user)
    except NoSuchTraining as error:  # it was stepped back from in this moment
        form.add_error("b", str(error))
        return _page(request, form, status=409)
    query = urlencode({"a": before.pk, "b": after.pk})
    return redirect(f"{reverse('compare_versions')}?{query}")


@administrators_only
@require_GET
def comparison_progress(request):
    """How far a comparison is, asked for every few seconds while it is worked out."""
    form = PairForm(request.GET)
    if not form.is_valid():
        return redirect("compare_versions")
    context = _pair(form)
    response = render(request, "versions/_comparison_state.html", context)
    if context["report"].under_way is None:  # the page has other figures now
        response["HX-Refresh"] = "true"
    return response


def _first() -> dict[str, str]:
    """The active version with the newest other one, where the address names none."""
    found = [version for version, _ in comparable()]
    active = next((v for v in found if v.status == v.Status.ACTIVE), None)
    others = [version for version in found if version != active]
    return {"a": str(others[0].pk), "b": str(active.pk)} if active and others else {}


def _pair(form: PairForm) -> dict:
    before, after = form.pair()
    report = report_state(COMPARISON, subject_of(before, after))
    return {"before": before, "after": after, "report": report}


def _page(request, form: PairForm, status: int = 200):
    choices = [(str(version.pk), f"{version}, {word}") for version, word in comparable()]
    context: dict[str, object] = {"form": form, "choices": choices, "shown": SHOWN}
    if form.is_bound and form.is_valid():
        found = _pair(form)
        stored = found["report"].shown
        context |= found
        context["pair"] = pair_of(stored.body) if stored else None
    return render(request, "versions/compare.html", context, status=status)
