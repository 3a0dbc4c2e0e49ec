"""Model versions: what became of each, training, promoting and rolling back."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotation.errors import NoSuchTraining
from annotation.forms.versions import ReasonForm
from annotation.models import Grant, ModelVersion
from annotation.reports.versions import n_new_annotations, training_now, versions
from annotation.services.model_versions import (
    cancel_training,
    has_labels,
    promote,
    request_training,
)
from annotation.services.nights import next_night
from annotation.views.confirm import confirm
from annotation.views.gate import administrators_only, go_to


@administrators_only
@require_GET
def version_list(request):
    return render(request, "versions/page.html", _context())


@administrators_only
@require_GET
def training(request):
    """The training's card, asked for every two seconds while it runs.

    The rest of the page comes with it only when the training has taken a turn.
    """
    context = _context()
    progress = context["training"]
    context["has_turned"] = progress is None or progress.version.status != request.GET.get("was")
    return render(request, "versions/_progress.html", context)


@administrators_only
@require_POST
def retrain(request):
    try:
        version = request_training(request.user)
    except NoSuchTraining as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{version} is requested; a worker takes it up in a minute.")
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
    context: dict[str, object] = {
        "version": version,
        "active": ModelVersion.objects.active(),
        "n_grants": Grant.objects.count(),
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


def _context() -> dict:
    return {
        "versions": versions(),
        "training": training_now(),
        "next_night": next_night(),
        "n_new": n_new_annotations(),
        "has_labels": has_labels(),
    }
