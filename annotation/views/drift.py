"""What has drifted."""

from django.shortcuts import render
from django.views.decorators.http import require_GET

from annotation.models import StoredReport
from annotation.reports.drift import drift_of
from annotation.reports.stored_reports import report_state
from annotation.views.gate import administrators_only


@administrators_only
@require_GET
def drift_page(request):
    state = report_state(StoredReport.Question.DRIFT)
    drift = drift_of(state.shown) if state.shown else None
    return render(request, "drift/page.html", {"report": state, "drift": drift})
