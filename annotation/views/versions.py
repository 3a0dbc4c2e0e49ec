"""Model versions: what became of each, training, promoting and rolling back."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotation.errors import NoSuchTraining
from annotation.forms.versions import ReasonForm
from annotation.models import ModelVersion, SiteSettings
from annotation.models.sagemaker import account_held
from annotation.reports.outlooks import outlooks_of, page_of_categories
from annotation.reports.trainings import (
    VersionsNow,
    learnable,
    n_read_first,
    reading_of,
    training_of,
    versions_now,
)
from annotation.reports.version_story import comparison_of, learned_of, life_of
from annotation.reports.versions import version_row, versions
from annotation.services.model_versions import (
    cancel_training,
    promote,
    request_training,
    usual_backend,
)
from annotation.services.nights import next_night
from annotation.views.confirm import confirm
from annotation.views.gate import administrators_only, go_to
from annotation.views.paging import LONGEST_KEY, key_before

Status = ModelVersion.Status


@administrators_only
@require_GET
def version_list(request):
    before = key_before(request)
    context = _context(versions_now(), before)
    with account_held():
        return render(request, "versions/page.html", context)


@administrators_only
@require_GET
def training(request):
    """The training's card, asked for every two seconds while it runs.

    The rest of the page comes with it only when the training has taken a turn.
    """
    now = versions_now()
    version = now.in_training
    turn = (version.status, str(version.pk)) if version else None
    has_turned = turn != (request.GET.get("was"), request.GET.get("version"))
    context: dict[str, object] = {"training": training_of(version), "next_night": next_night()}
    if has_turned:
        context |= _context(now) | {"ended": _ended(request.GET.get("version", ""))}
    with account_held():
        return render(request, "versions/_progress.html", context | {"has_turned": has_turned})


def _ended(pk: str) -> ModelVersion | None:
    """The version that was watched, when its training is over."""
    if not pk.isdecimal() or len(pk) > LONGEST_KEY:
        return None
    over = ModelVersion.objects.exclude(status__in=[Status.REQUESTED, Status.TRAINING])
    return over.filter(pk=pk).first()


@administrators_only
@require_GET
def reading(request):
    """How far the active version has read the grants, asked for while it reads."""
    return render(request, "versions/_reading.html", {"reading": _reading(versions_now())})


@administrators_only
@require_GET
def version_page(request, pk: int):
    """One version whole: life, figures, reason, what it learned from."""
    version = get_object_or_404(
        ModelVersion.objects.of_current_taxonomy().select_related("requested_by", "parent"), pk=pk
    )
    context = {
        "version": version,
        "row": version_row(version, ModelVersion.objects.active()),
        "life": life_of(version),
        "learned": learned_of(version),
        "comparison": comparison_of(version),
        "outlooks": outlooks_of(version),
        "outlook_page": page_of_categories(version, request.GET.get("page")),
    }
    return render(request, "versions/version.html", context)


@administrators_only
@require_POST
def retrain(request):
    try:
        # Its card says that it waits, for as long as it does.
        request_training(request.user, backend=request.POST.get("backend") or None)
    except NoSuchTraining as error:
        messages.error(request, str(error))
    return redirect("versions")


@administrators_only
@require_http_methods(["GET", "POST"])
def stop(request, pk: int):
    version = get_object_or_404(ModelVersion, pk=pk)
    context = {"version": version, "active": ModelVersion.objects.active()}
    if request.method == "GET":
        return confirm(request, "versions/_stop.html", context)
    try:
        cancel_training(version, request.user)
    except NoSuchTraining as error:
        return confirm(request, "versions/_stop.html", context | {"problem": error}, status=409)
    messages.success(request, f"{version} is stopped.")
    return go_to(request, reverse("versions"))


@administrators_only
@require_http_methods(["GET", "POST"])
def promote_version(request, pk: int):
    version = get_object_or_404(ModelVersion.objects.of_current_taxonomy(), pk=pk)
    form = ReasonForm(request.POST or None)
    active = ModelVersion.objects.active()
    context: dict[str, object] = {
        "version": version,
        "active": active,
        "row": version_row(version, active),
        "reading": reading_of(version),
        "n_read_first": n_read_first(version),
        "next_night": next_night(),
        "form": form,
    }
    if not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return confirm(request, "versions/_promote.html", context, status=status)
    try:
        promote(version, request.user, form.cleaned_data["reason"])
    except NoSuchTraining as error:
        context["problem"] = error
        return confirm(request, "versions/_promote.html", context, status=409)
    messages.success(request, f"{version} is active. Its suggestions replace the old ones now.")
    return go_to(request, reverse("versions"))


def _reading(now: VersionsNow):
    return reading_of(now.active) if now.active else None


def _context(now: VersionsNow, before: int | None = None) -> dict:
    to_learn = learnable(now.last_begun)
    return {
        "versions": versions(before, now.active),
        "is_first": before is None,
        "training": training_of(now.in_training),
        "next_night": next_night(),
        "site": SiteSettings.objects.current(),
        "reading": _reading(now),
        "n_new": to_learn.n_new,
        "may_have_more": to_learn.may_have_more,
        "last_kind": now.last_kind,
        "usual_backend": usual_backend(to_learn.has_lessons),
        "has_texts": to_learn.has_texts,
    }
