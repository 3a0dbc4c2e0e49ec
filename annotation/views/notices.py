"""Notices to administrators."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from annotation.models import Notice
from annotation.reports.notices import notices
from annotation.services.notices import dismiss_notice
from annotation.views.gate import administrators_only
from annotation.views.paging import key_before


@administrators_only
@require_GET
def notice_list(request):
    before = key_before(request)
    context = {"notices": notices(before), "is_first": before is None}
    return render(request, "notices/list.html", context)


@administrators_only
@require_POST
def dismiss(request, pk: int):
    notice = get_object_or_404(Notice, pk=pk)
    if dismiss_notice(request.user, notice):
        messages.success(request, "Dismissed. It comes back when there is a new cause.")
    return redirect("notices")
