"""The model card of a version: a page to read or print, and the same as a file."""

import json

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from annotation.downloads import as_attachment
from annotation.models import ModelVersion
from annotation.reports.model_cards import as_json, card_of
from annotation.services.exports import Export
from annotation.views.gate import administrators_only


@administrators_only
@require_GET
def model_card(request, pk: int):
    version = _version(pk)
    return render(request, "versions/card.html", {"version": version, "card": card_of(version)})


@administrators_only
@require_GET
def model_card_json(request, pk: int):
    version = _version(pk)
    piece = json.dumps(as_json(card_of(version)), indent=2, ensure_ascii=False).encode()
    name = f"model-card-{version}.json"
    return as_attachment(Export(name, "application/json", 0, iter([piece])))


def _version(pk: int) -> ModelVersion:
    """Of a gated version: a refresh is its parent with a few labels more, and not measured."""
    return get_object_or_404(ModelVersion.objects.gated().of_current_taxonomy(), pk=pk)
