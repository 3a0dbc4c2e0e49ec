"""Labels that are probably wrong: the list, sending the worst to be checked, and what came."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from annotation.errors import ChecksRefused
from annotation.forms.checking import ChecksForm
from annotation.models import LabelCheck, StoredReport
from annotation.reports.label_checks import checks, doubts_to_send, is_of_today, rows_of
from annotation.reports.stored_reports import report_state
from annotation.services.label_checks import send_to_check
from annotation.services.unchecking import take_back_check
from annotation.templatetags.words import counted
from annotation.views.gate import administrators_only

PAGE = 50
NOTHING = "There is no list yet. Work it out first."


@administrators_only
@require_GET
def label_errors_page(request):
    return _page(request, ChecksForm())


@administrators_only
@require_POST
def check_labels(request):
    """Send the worst to be checked."""
    form = ChecksForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    report = StoredReport.objects.newest("label-errors")
    try:
        if report is None:
            raise ChecksRefused(NOTHING)
        sent = send_to_check(request.user, report, form.cleaned_data["n"])
    except ChecksRefused as error:
        return _page(request, form, problem=str(error), status=409)
    passed = f" {counted(sent.n_passed, 'label')} passed over: somebody decides the grants anyway."
    nobody = f" {counted(sent.n_nobody, 'label')} passed over: nobody else can check the grants."
    messages.success(
        request,
        f"{counted(sent.n_labels, 'label')} of {counted(sent.n_grants, 'grant')} sent to be "
        f"checked. They come soon in the queue.{passed if sent.n_passed else ''}"
        f"{nobody if sent.n_nobody else ''}",
    )
    return redirect("label_errors")


@administrators_only
@require_POST
def take_back(request, pk: int):
    """Take back what was sent of a grant, while nobody has checked it."""
    check = get_object_or_404(LabelCheck.objects.select_related("grant"), pk=pk)
    try:
        n = take_back_check(request.user, check)
    except ChecksRefused as error:
        return _page(request, ChecksForm(), problem=str(error), status=409)
    messages.success(request, f"{counted(n, 'label')} of {check.grant} taken back.")
    return redirect(f"{reverse('label_errors')}#checked")


def _page(request, form: ChecksForm, problem: str = "", status: int = 200):
    state, sent = report_state("label-errors"), checks()
    context: dict[str, object] = {
        "report": state,
        "form": form,
        "problem": problem,
        "checks": sent,
    }
    if state.shown and is_of_today(state.shown):
        doubts = doubts_to_send(state.shown, sent.sent)
        page = Paginator(doubts, PAGE).get_page(request.GET.get("page"))
        context |= {"body": state.shown.body, "page": page, "rows": rows_of(list(page))}
    return render(request, "label_errors/page.html", context, status=status)
