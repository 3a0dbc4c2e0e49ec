"""Claims of the annotating page: the next ones ahead of time, kept, given back."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from annotation.errors import ClaimLost, TooManyClaims
from annotation.forms.annotating import ClaimForm
from annotation.models import Grant
from annotation.reports.categories import current_release
from annotation.reports.lost_claims import why_lost
from annotation.services import desk
from annotation.services.queue import release_unopened
from annotation.views.annotate import slot, told
from annotation.views.packing import packed

UNREADABLE = "The claims could not be read. Reload the page."


@packed
@require_POST
def next_grant(request):
    """The next grant beside those that the page has; 204 when there is none to fetch ahead."""
    form = ClaimForm(request.POST)
    if not form.is_valid():
        return told(UNREADABLE, 422)
    besides, is_ahead = form.cleaned_data["besides"], form.cleaned_data["ahead"]
    try:
        claim = desk.claim_next(request.user, besides, is_ahead=is_ahead)
    except TooManyClaims as error:
        return told(str(error), 409)
    if claim is None and (is_ahead or not current_release()):
        return HttpResponse(status=204)
    return slot(request, claim)


@require_POST
def release(request):
    """Give back what was fetched ahead and never opened."""
    form = ClaimForm(request.POST)
    if not form.is_valid():
        return told(UNREADABLE, 422)
    for token in form.cleaned_data["give_back"]:
        release_unopened(request.user, token)
    return HttpResponse(status=204)


@require_POST
def renew(request, token):
    """Keep the grant while its annotator is active."""
    try:
        desk.renew(request.user, token, is_ahead="ahead" in request.POST)
    except ClaimLost:
        return told(why_lost(request.user, request.POST.get("grant", "")), 409)
    return HttpResponse(status=204)


@packed
@require_POST
def open_one(request, pk: int):
    """This very grant: parked, skipped, or lost a moment ago."""
    form = ClaimForm(request.POST)
    if not form.is_valid():
        return told(UNREADABLE, 422)
    grant = get_object_or_404(Grant, pk=pk)
    try:
        return slot(request, desk.open_one(request.user, grant, form.cleaned_data["give_back"]))
    except ClaimLost as error:
        return told(str(error), 409)
