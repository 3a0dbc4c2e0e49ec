"""The annotating page: one grant after the other."""

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import reswap, retarget, trigger_client_event

from annotation.errors import AnnotationError, ClaimLost, InvalidAnswer, KeyReused
from annotation.forms.annotating import AnnotationForm, SkipForm
from annotation.models import Grant, Skip
from annotation.reports.categories import category_list, current_release
from annotation.reports.lost_claims import why_lost
from annotation.reports.progress import today, waiting
from annotation.services.decisions import submit_annotation, withdraw_last
from annotation.services.nights import next_night
from annotation.services.queue import claim_next_grant, renew_claim, skip_grant
from annotation.views.gate import go_to
from annotation.views.workspace import workspace

A_DAY = 86_400


@require_GET
def annotate(request):
    return _next(request)


@require_POST
def submit(request, token):
    form = AnnotationForm(request.POST)
    if not form.is_valid():
        return _problem(request, "The answer could not be read. Reload the page and try again.")
    answer = form.cleaned_data
    try:
        submission = submit_annotation(
            request.user,
            token,
            answer["answers"],
            idempotency_key=str(answer["key"]),
            seconds=answer["seconds"],
            unseen=answer["unseen"],
        )
    except ClaimLost:
        return _conflict(request, answer["grant"])
    except (InvalidAnswer, KeyReused) as error:
        return _problem(request, str(error))
    return _next(request, message=f"Saved {submission.annotation.grant}", is_saved=True)


@require_POST
def skip(request, token):
    form = SkipForm(request.POST)
    if not form.is_valid():
        return _problem(request, "Choose a reason, then skip.")
    try:
        skip_grant(request.user, token, form.cleaned_data["reason"])
    except ClaimLost:
        return _conflict(request, request.POST.get("grant", ""))
    reason = Skip.Reason(form.cleaned_data["reason"])
    return _next(request, message=f"Skipped: {reason.label}")


@require_POST
def undo(request):
    try:
        reopened = withdraw_last(request.user)
    except AnnotationError as error:
        return trigger_client_event(HttpResponse(status=204), "toast", {"text": str(error)})
    claim = reopened.claim
    return _page(request, message=f"Reopened {claim.grant}", **workspace(claim, reopened.answers))


@require_POST
def renew(request, token):
    """Keep the grant while its annotator is active."""
    try:
        renew_claim(request.user, token)
    except ClaimLost:
        return _conflict(request, request.POST.get("grant", ""))
    return HttpResponse(status=204)


@require_GET
def categories(request):
    """All categories for the type-ahead and the tree.

    Pages ask under the release and the day, so that a browser may keep what it got.
    """
    release = current_release()
    response = JsonResponse({"release": release, "categories": category_list()})
    is_asked = request.GET.get("release") == str(release)
    response["Cache-Control"] = (
        f"private, max-age={A_DAY}, immutable" if is_asked else "private, no-cache"
    )
    return response


def _next(request, **context):
    release = current_release()
    # Without a taxonomy nothing can be answered, so nothing is claimed either.
    claim = claim_next_grant(request.user) if release else None
    if claim:
        return _page(request, release=release, **context, **workspace(claim))
    if not release or not Grant.objects.exists():
        return _nothing(request)
    context |= {"waiting": waiting(request.user), "next_night": next_night()}
    return _page(request, release=release, **context)


def _nothing(request):
    """The whole window: the annotating page has nothing to be filled with."""
    return go_to(request, "/") if request.htmx else render(request, "annotate/nothing.html")


def _page(request, **context):
    template = "annotate/_next.html" if request.htmx else "annotate/page.html"
    context |= {
        "today": today(request.user),
        "skip_reasons": Skip.Reason.choices,
    }
    return render(request, template, context)


def _conflict(request, reference: str):
    context = {"reference": reference, "why": why_lost(request.user, reference)}
    return _beside(render(request, "annotate/_conflict.html", context, status=409))


def _problem(request, text: str):
    return _beside(render(request, "annotate/_problem.html", {"text": text}, status=422))


def _beside(response):
    """Put a notice above the grant and leave the work in it alone."""
    return reswap(retarget(response, "#notices"), "innerHTML")
