"""The annotating page: one grant after the other."""

from collections.abc import Callable, Mapping

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from annotation.errors import (
    AnnotationChanged,
    ClaimLost,
    InvalidAnswer,
    KeyReused,
    NothingToUndo,
    RevisionRefused,
)
from annotation.forms.annotating import AnnotationForm, RevisionForm, SkipForm, UndoForm
from annotation.models import Annotation, Grant, PlantReply, Skip, User
from annotation.reports.categories import category_columns, current_release, definitions
from annotation.reports.lost_claims import why_lost
from annotation.reports.progress import today, waiting
from annotation.reports.recent_use import parked, recent_use
from annotation.services import desk
from annotation.services.answers import FacetAnswer, withdrawn_answers
from annotation.services.corrections import correct, open_for_change
from annotation.services.key_choices import DEEDS, keys_of
from annotation.services.nights import next_night
from annotation.services.record import Submission
from annotation.services.revisions import reveal, revise
from annotation.views.packing import packed
from annotation.views.workspace import workspace

A_DAY = 86_400
TIGHT = {"separators": (",", ":")}
CHANGED = (
    "You have saved or taken back another revision of it since, in another tab or window. That "
    "stands as it is."
)
UNREADABLE = "The annotation could not be read. Reload the page and try again."


@packed
@require_GET
def annotate(request):
    """The page, with the grant that is claimed for it."""
    release = current_release()
    # Without a taxonomy nothing can be answered, so nothing is claimed either.
    claim = desk.claim_next(request.user) if release else None
    if not claim and (not release or not Grant.objects.exists()):
        return render(request, "annotate/nothing.html")
    context = {
        "release": release,
        "skip_reasons": Skip.reasons(),
        "keys": keys_of(request.user),
        "deeds": DEEDS,
        "recent": recent_use(request.user),
    }
    return render(request, "annotate/page.html", context | standing_here(request, claim))


def standing_here(request, claim, answers=None, *, stands=False) -> dict:
    """What the templates need for a grant, or for the queue that has none left.

    ``answers`` is filled in; without it, what its annotator took back, if they did. ``stands``
    says that it is stored so, and that saving it unchanged would say nothing new.
    """
    context = {"today": today(request.user), "parked": parked(request.user)}
    if claim:
        if answers is None:
            answers = claim.filled or withdrawn_answers(request.user, claim.grant)
        return context | workspace(claim, request.user, answers, stands=stands)
    return context | {"waiting": waiting(request.user), "next_night": next_night()}


def slot(request, claim, answers=None, *, stands=False):
    """A grant for the page that is open already."""
    context = standing_here(request, claim, answers, stands=stands)
    return render(request, "annotate/_next.html", context)


def told(text: str, status: int):
    """A sentence for the annotator; the page knows where to put it."""
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")


def _saved(request, row: Annotation | Skip | PlantReply):
    """The status line, and the deed's name for whoever wants to take it back."""
    context = {"today": today(request.user), "parked": parked(request.user)}
    return render(request, "annotate/_status.html", context | {"deed": desk.name_of(row)})


def _stored(request, given: Mapping[str, FacetAnswer], row: Annotation | PlantReply):
    """Whoever decided without suggestions sees them now; anybody else goes on."""
    if isinstance(row, Annotation) and (revealed := reveal(row)):
        return slot(request, revealed, given, stands=True)
    return _saved(request, row)


@require_POST
def submit(request, token):
    form = AnnotationForm(request.POST)
    if not form.is_valid():
        return told(UNREADABLE, 422)
    try:
        row = desk.submit(request.user, token, **form.facts())
    except ClaimLost:
        return told(why_lost(request.user, form.cleaned_data["grant"]), 409)
    except (InvalidAnswer, KeyReused) as error:
        return told(str(error), 422)
    return _stored(request, form.cleaned_data["answers"], row)


@require_POST
def submit_revision(request, pk: int):
    return _submit_without_claim(request, _revise_what_was_seen, pk, RevisionForm)


def _revise_what_was_seen(annotator: User, pk: int, *, replaces: int | None, **facts) -> Submission:
    # A page that names nothing has seen the blind annotation only.
    return revise(annotator, pk, expected={replaces or pk}, **facts)


@require_POST
def submit_correction(request, pk: int):
    return _submit_without_claim(request, correct, pk)


def _submit_without_claim(
    request, deed: Callable[..., Submission], pk: int, kind: type[AnnotationForm] = AnnotationForm
):
    form = kind(request.POST)
    if not form.is_valid():
        return told(UNREADABLE, 422)
    try:
        annotation = deed(request.user, pk, **form.facts()).annotation
    except RevisionRefused as error:
        return told(str(error), 409)
    except AnnotationChanged:
        return told(CHANGED, 409)
    except (InvalidAnswer, KeyReused) as error:
        return told(str(error), 422)
    return _stored(request, form.cleaned_data["answers"], annotation)


@require_POST
def change(request, pk: int):
    """A past annotation as it stands, to be changed: it does so until another is saved."""
    try:
        reopened = open_for_change(request.user, pk)
    except RevisionRefused as error:
        return told(str(error), 409)
    return slot(request, reopened.claim, reopened.answers, stands=reopened.stands)


@require_POST
def skip(request, token):
    form = SkipForm(request.POST)
    if not form.is_valid():
        return told("Choose a reason, then skip.", 422)
    try:
        reason, reference = form.cleaned_data["reason"], form.cleaned_data["grant"]
        return _saved(request, desk.skip(request.user, token, reason, reference))
    except ClaimLost:
        return told(why_lost(request.user, reference), 409)


@packed
@require_POST
def undo(request):
    form = UndoForm(request.POST)
    if not form.is_valid():
        return told("There is no such deed to undo.", 422)
    besides = frozenset(filter(None, [form.cleaned_data["besides"]]))
    try:
        reopened = desk.take_back(
            request.user,
            form.cleaned_data["deed"] or None,
            besides,
            idempotency_key=form.cleaned_data["key"],
            give_back=form.cleaned_data["give_back"],
        )
    except NothingToUndo as error:
        return told(str(error), 409)
    except KeyReused as error:
        return told(str(error), 422)
    return slot(request, reopened.claim, reopened.answers, stands=reopened.stands)


@packed
@require_GET
def categories(request):
    """All categories for the type-ahead and the tree.

    Pages ask under the release and the day, so that a browser may keep what it got.
    """
    return _of_the_release(request, category_columns())


@packed
@require_GET
def category_definitions(request):
    """What the categories mean, asked for when somebody first looks for one to add."""
    return _of_the_release(request, {"definitions": definitions()})


def _of_the_release(request, content):
    release = current_release()
    response = JsonResponse({"release": release, **content}, json_dumps_params=TIGHT)
    is_asked = request.GET.get("release") == str(release)
    response["Cache-Control"] = (
        f"private, max-age={A_DAY}, immutable" if is_asked else "private, no-cache"
    )
    return response
