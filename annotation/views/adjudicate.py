"""Grants whose annotators differ, decided side by side."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from annotation.errors import AdjudicationRefused
from annotation.forms.adjudicating import JudgementForm
from annotation.models import Grant
from annotation.reports.adjudication import COUNTED, Case, case, n_waiting, next_case
from annotation.services.adjudication import EMPTY, adjudicate
from annotation.views.gate import administrators_only


@administrators_only
@require_GET
def next_adjudication(request):
    """The next grant that waits, or a page that says there is none."""
    pk = next_case()
    return redirect("adjudicate", pk) if pk else render(request, "adjudicate/nothing.html")


@administrators_only
@require_http_methods(["GET", "POST"])
def adjudication(request, pk: int):
    grant = get_object_or_404(Grant, pk=pk)
    if request.method == "GET":
        return _page(request, grant)
    form = JudgementForm(request.POST)
    if not form.is_valid():
        return _page(request, grant, form=form, status=422)
    try:
        adjudicate(request.user, grant, form.judgement(), seen=form.seen())
    except AdjudicationRefused as error:
        return _page(request, grant, form=form, status=409, problem=str(error))
    messages.success(request, f"Saved {grant}. Open it again to change it.")
    following = next_case(after=pk)
    return redirect("adjudicate", following) if following else redirect("adjudicate_next")


def _page(request, grant: Grant, form: JudgementForm | None = None, status: int = 200, **context):
    found = case(grant)
    if found is None:
        return render(request, "adjudicate/single.html", {"grant": grant}, status=404)
    waiting = n_waiting()
    context |= {
        "case": found,
        "grant": grant,
        "form": form or JudgementForm(initial=_earlier(found)),
        "said_by_code": _said(found, request.POST),
        "outcome_by_facet": _outcomes(found, request.POST),
        "empty_outcomes": EMPTY,
        "n_waiting": waiting,
        "is_more": waiting >= COUNTED,
        "paragraphs": [line for line in grant.description.splitlines() if line.strip()],
    }
    return render(request, "adjudicate/page.html", context, status=status)


def _said(found: Case, posted) -> dict[str, str]:
    """yes, no or nothing for each category; what was decided before a refusal is kept."""
    words = {True: "yes", False: "no", None: ""}
    rows = [row for facet in found.facets for row in facet.rows]
    return {
        row.category.code: posted.get(f"in-{row.category.code}", words[row.is_in]) for row in rows
    }


def _outcomes(found: Case, posted) -> dict[str, str]:
    """What each facet holds if nothing is in; what was decided before a refusal is kept."""
    return {
        part.facet.code: posted.get(f"outcome-{part.facet.code}", part.outcome)
        for part in found.facets
    }


def _earlier(found: Case) -> dict[str, str]:
    return {"note": found.adjudication.note} if found.adjudication else {}
