"""What a person notes beside their annotations, and the keys they like."""

from django.http import JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from annotation.errors import KeysRefused
from annotation.forms.annotating import KeysForm, NoteForm
from annotation.models import Grant
from annotation.reports.recent_use import own_notes
from annotation.services.key_choices import choose_keys
from annotation.services.notes import comment, set_flag
from annotation.views.annotate import told


@require_POST
def note(request, pk: int):
    """Raise or lower one's flag, or add a comment; answers with all that one noted here."""
    grant = Grant.objects.filter(pk=pk).first()
    if grant is None:
        return told("The grant has been removed.", 404)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return told(str(form.errors["comment"][0]), 422)
    if form.cleaned_data["flag"] is None and not form.cleaned_data["comment"]:
        return told("Nothing was noted: write a comment first.", 422)
    if form.cleaned_data["flag"] is not None:
        set_flag(request.user, grant, form.cleaned_data["flag"])
    if form.cleaned_data["comment"]:
        comment(request.user, grant, form.cleaned_data["comment"])
    return render(request, "annotate/_notes.html", {"notes": own_notes(request.user, grant.pk)})


@require_POST
def keys(request):
    """Choose one's keys; answers with every deed's."""
    form = KeysForm(request.POST)
    if not form.is_valid():
        return told("The keys could not be read. Reload the page and try again.", 422)
    try:
        return JsonResponse(choose_keys(request.user, form.cleaned_data["keys"]))
    except KeysRefused as error:
        return told(str(error), 422)
