"""Label sprints: one category, one key a grant."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from annotation.errors import SprintRefused
from annotation.forms.sprinting import SprintForm, VerdictForm
from annotation.models import Sprint, SprintGrant
from annotation.reports.categories import current_release
from annotation.reports.sprints import next_grant, sprint_rows, standing
from annotation.services.sprints import decide, end_sprint, start_sprint, undo_decision
from annotation.views.evidence import paragraphs, segments
from annotation.views.gate import administrators_only, go_to


@require_GET
def sprint_list(request):
    return _list(request, SprintForm(initial={"category": request.GET.get("category", "")}))


@administrators_only
@require_POST
def start(request):
    form = SprintForm(request.POST)
    if not form.is_valid():
        return _list(request, form, status=422)
    sprint = start_sprint(
        request.user, form.cleaned_data["category"], form.cleaned_data["n_wanted"]
    )
    return redirect("sprint", sprint.pk)


@require_GET
def sprint(request, pk: int):
    return _page(request, _sprint(pk))


@require_POST
def decide_grant(request, pk: int):
    found, form = _sprint(pk), VerdictForm(request.POST)
    if not form.is_valid():
        return _page(request, found, problem="Say yes, no or unsure.", status=422)
    given = form.cleaned_data
    grants = SprintGrant.objects.select_related("grant", "sprint")
    asked = get_object_or_404(grants, sprint=found, pk=given["grant"])
    try:
        decide(request.user, asked, given["verdict"], given["seconds"] or 0)
    except SprintRefused as error:
        return _page(request, _sprint(pk), problem=str(error), status=409)
    return _after(request, found)


@require_POST
def undo(request, pk: int):
    found = _sprint(pk)
    try:
        again = undo_decision(request.user, found)
    except SprintRefused as error:
        return _page(request, found, problem=str(error), status=409)
    return _after(request, found, again)


@administrators_only
@require_POST
def end(request, pk: int):
    found = _sprint(pk)
    end_sprint(request.user, found)
    messages.success(request, f"The sprint for {found.category.label} is ended.")
    return go_to(request, reverse("sprints"))


def _sprint(pk: int) -> Sprint:
    return get_object_or_404(Sprint.objects.select_related("category__facet"), pk=pk)


def _after(request, found: Sprint, shown: SprintGrant | None = None):
    """The next grant in place, or the whole page where there is no script."""
    return _page(request, found, shown) if request.htmx else redirect("sprint", found.pk)


def _page(request, found: Sprint, shown: SprintGrant | None = None, status: int = 200, problem=""):
    is_ready = found.status == Sprint.Status.READY
    asked = (shown or next_grant(found, request.user)) if is_ready else None
    context = {
        "sprint": found,
        "category": found.category,
        "standing": standing(found),
        "asked": asked,
        "problem": problem,
    }
    if asked:
        evidence = [asked.evidence]
        context |= {
            "grant": asked.grant,
            "title": segments(asked.grant.title, evidence),
            "paragraphs": paragraphs(asked.grant.description, evidence),
        }
    name = "sprints/_sprint.html" if request.htmx else "sprints/page.html"
    return render(request, name, context, status=status)


def _list(request, form: SprintForm, status: int = 200):
    context = {"rows": sprint_rows(), "form": form, "release": current_release()}
    return render(request, "sprints/list.html", context, status=status)
