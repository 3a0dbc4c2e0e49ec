"""Coverage and quality by slice."""

from django.shortcuts import render
from django.views.decorators.http import require_GET

from annotation.models import StoredReport
from annotation.reports.slices import sensitive_categories, slices_of
from annotation.reports.stored_reports import report_state
from annotation.views.gate import administrators_only

# As classifier.ml.slicing has them; no page loads the classifier, and a test keeps both the same.
SHUFFLES, LEVEL = 4_999, 0.05


@administrators_only
@require_GET
def slices_page(request):
    state = report_state(StoredReport.Question.SLICES)
    slices = slices_of(state.shown) if state.shown else None
    context = {
        "report": state,
        "slices": slices,
        "shuffles": SHUFFLES,
        "by_chance": slices.n_comparisons * LEVEL if slices else 0,
        "sensitive": sensitive_categories(),
    }
    return render(request, "slices/page.html", context)
