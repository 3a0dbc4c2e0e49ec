"""The model card of a version: a page to read or print, and the same as a file."""

import json

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_POST

from annotation.downloads import as_attachment
from annotation.models import ModelVersion
from annotation.reports.model_cards import as_json, card_of
from annotation.services.figure_files import give_figures
from annotation.views.gate import administrators_only


@administrators_only
@require_GET
def model_card(request, pk: int):
    version = _version(pk)
    return render(request, "versions/card.html", {"version": version, "card": card_of(version)})


@administrators_only
@require_POST
def model_card_json(request, pk: int):
    """By a form only, since it is noted who took it."""
    version = _version(pk)
    piece = json.dumps(as_json(card_of(version)), indent=2, ensure_ascii=False).encode()
    subject, name = f"model card of {version}", f"model-card-{version}.json"
    return as_attachment(
        give_figures(request.user, subject, "json", name, "application/json", [piece])
    )


def _version(pk: int) -> ModelVersion:
    """Of a gated version: a refresh is its parent with a few labels more, and not measured."""
    return get_object_or_404(ModelVersion.objects.gated().of_current_taxonomy(), pk=pk)
