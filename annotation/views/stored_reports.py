"""Figures that a worker works out: asking for them anew, and how far it is."""

from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from annotation.models import StoredReport
from annotation.reports.stored_reports import report_state
from annotation.services.stored_reports import request_report
from annotation.views.gate import administrators_only

Question = StoredReport.Question
# Where each question's figures are shown.
PAGES = {question.value: question.value.replace("-", "_") for question in Question}


@administrators_only
@require_POST
def ask(request, question: str):
    """Ask for the figures anew; the page says how far they are."""
    request_report(_known(question), request.user)
    return redirect(PAGES[question])


@administrators_only
@require_GET
def progress(request, question: str):
    """How far the figures are, asked for every few seconds while they are worked out."""
    state = report_state(_known(question))
    response = render(request, "stored_reports/_state.html", {"report": state})
    if state.under_way is None:  # the page has other figures now
        response["HX-Refresh"] = "true"
    return response


def _known(question: str) -> str:
    if question not in Question.values:
        raise Http404(f"There are no figures on {question!r}.")
    return question
