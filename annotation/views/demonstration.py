"""Removing the demonstration that a new site starts with."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from annotation.errors import DemonstrationGone
from annotation.services.demonstration import demonstration_counts, remove_demonstration
from annotation.templatetags.words import counted
from annotation.views.gate import administrators_only


@administrators_only
@require_http_methods(["GET", "POST"])
def remove(request):
    """Say what would be deleted; delete it on POST."""
    if request.method == "POST":
        return _removed(request)
    counts = demonstration_counts()
    if counts is None:
        messages.info(request, "The demonstration has been removed already.")
        return redirect("annotate")
    return render(request, "demonstration.html", {"counts": counts})


def _removed(request):
    try:
        counts = remove_demonstration(request.user)
    except DemonstrationGone as error:
        messages.info(request, str(error))
    else:
        removed = ", ".join(counted(n, name) for name, n in counts.items())
        messages.success(request, f"The demonstration is removed: {removed}.")
    return redirect("annotate")
