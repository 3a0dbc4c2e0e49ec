"""The audit log: a page of it, and all of it as a file."""

from urllib.parse import urlencode

from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from annotation.downloads import as_attachment
from annotation.forms.audit_log import AuditLogForm
from annotation.reports.audit_log import NOBODY, deeds, log_page, persons
from annotation.services.audit_export import start_audit_export
from annotation.views.gate import administrators_only


@administrators_only
@require_GET
def audit_log(request):
    return _page(request, AuditLogForm(request.GET))


@administrators_only
@require_POST
def audit_log_csv(request):
    """The file, or the page again with what is wrong.

    By a form only, since it is noted who took the log: no address may write by being opened.
    """
    form = AuditLogForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    return as_attachment(start_audit_export(request.user, form.query()))


def _page(request, form: AuditLogForm, status: int = 200):
    is_right = form.is_valid()
    query = form.query()
    context = {
        "form": form,
        "query": query,
        "found": log_page(query | {"after": request.GET.get("after", "")}) if is_right else None,
        "newest": "?" + urlencode(query),
        "deeds": deeds(),
        "persons": [
            (NOBODY, "A command or the site itself"),
            *((name, name) for name in persons()),
        ],
    }
    return render(request, "audit/page.html", context, status=status)
