"""The guidelines: read by everybody, written by administrators."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET, require_http_methods

from annotation.errors import GuidelinesRefused
from annotation.forms.guidelines import GuidelinesForm
from annotation.markdown import as_html
from annotation.models import SiteSettings
from annotation.reports import guidelines as report
from annotation.services.guidelines import write_guidelines
from annotation.views.gate import administrators_only

STARTER = "guidelines/starter.md"


@require_GET
def guidelines_page(request, number: int | None = None):
    version = report.guidelines(number)
    if number is not None and version is None:
        raise Http404(f"There is no version {number} of the guidelines.")
    versions = report.versions()
    context = {
        "version": version,
        "plant_share": SiteSettings.objects.current().plant_share,
        "html": as_html(version.text) if version else "",
        "versions": versions,
        "is_newest": bool(versions) and version == versions[0],
        "changes": report.changes(version) if number and version else [],
    }
    return render(request, "guidelines/page.html", context)


@administrators_only
@require_http_methods(["GET", "POST"])
def edit_guidelines(request):
    last = report.guidelines()
    if request.method == "GET":
        text = last.text if last else render_to_string(STARTER)
        form = GuidelinesForm(initial={"text": text, "based_on": last.number if last else 0})
        return _editor(request, form)
    form = GuidelinesForm(request.POST)
    if not form.is_valid():
        return _editor(request, form, status=422)
    given = form.cleaned_data
    if "preview" in request.POST:
        return _editor(request, form, preview=as_html(given["text"]))
    try:
        version = write_guidelines(
            request.user, given["text"], based_on=given["based_on"], note=given["note"]
        )
    except GuidelinesRefused as error:
        # Saved again, the text is meant to replace theirs, which stays as a version.
        newest = report.guidelines()
        posted = request.POST.copy()
        posted["based_on"] = str(newest.number if newest else 0)
        return _editor(request, GuidelinesForm(posted), status=409, problem=str(error))
    messages.success(request, f"Saved as version {version.number}.")
    return redirect("guidelines")


def _editor(request, form: GuidelinesForm, status: int = 200, **context):
    context |= {"form": form, "last": report.guidelines()}
    return render(request, "guidelines/edit.html", context, status=status)
