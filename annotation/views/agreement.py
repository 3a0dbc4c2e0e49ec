"""How well people agree, for administrators."""

from django.core.paginator import Paginator
from django.shortcuts import render
from django.views.decorators.http import require_GET

from annotation.models import StoredReport
from annotation.reports.agreement import Agreement, CategoryAgreement, agreement_of
from annotation.reports.stored_reports import report_state
from annotation.views.gate import administrators_only
from annotation.views.wrong_parts import without_wrong_parts

ROWS = 50


@administrators_only
@require_GET
def agreement_page(request):
    state = report_state(StoredReport.Question.AGREEMENT)
    context: dict[str, object] = {"report": state}
    if state.shown:
        found = agreement_of(state.shown)
        query = {name: request.GET.get(name, "") for name in ("q", "facet")}
        facets = {row.facet.code for row in found.facets}
        faults = without_wrong_parts(query, lambda _, code: code in facets)
        rows = _matching(found, query["q"], query.get("facet", ""))
        page = Paginator(rows, ROWS).get_page(request.GET.get("page"))
        context |= {"agreement": found, "page": page, "faults": faults}
    return render(request, "agreement/page.html", context)


def _matching(agreement: Agreement, words: str, facet: str) -> list[CategoryAgreement]:
    """Categories whose code or name holds the words, of one facet where one is chosen."""
    wanted = words.strip().casefold()
    return [
        row
        for row in agreement.categories
        if (not facet or row.category.facet.code == facet)
        and wanted in f"{row.category.code} {row.category.label}".casefold()
    ]
