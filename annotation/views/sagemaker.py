"""Where in AWS trainings may run, what leaves, what it costs, and what runs there."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from annotation.errors import NotAllowed, SettingsChanged, SettingsRefused
from annotation.forms.sagemaker import AccountForm, AgreementForm
from annotation.models import SagemakerAccount
from annotation.reports import sagemaker as report
from annotation.services.sagemaker_account import (
    agree_that_texts_leave,
    change_account,
    withdraw_agreement,
)
from annotation.templatetags.words import counted
from annotation.views.gate import administrators_only


@administrators_only
@require_http_methods(["GET", "POST"])
def sagemaker(request):
    if request.method == "GET":
        return _page(request, AccountForm(SagemakerAccount.objects.current()))
    form = AccountForm(SagemakerAccount.objects.current(), request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        changed = change_account(request.user, form.cleaned_data["revision"], form.values())
    except NotAllowed as error:
        raise PermissionDenied(str(error)) from error
    except SettingsRefused as error:
        form.add_error(None, str(error))
        return _page(request, form, status=422)
    except SettingsChanged as error:
        typed = request.POST.copy()
        account = SagemakerAccount.objects.current()
        typed["revision"] = account.revision
        return _page(request, AccountForm(account, typed), status=409, problem=str(error))
    if changed:
        messages.success(request, f"{counted(len(changed), 'change')} saved.")
    else:
        messages.info(request, "Nothing was changed.")
    return redirect("sagemaker")


@administrators_only
@require_POST
def sagemaker_agreement(request):
    form = AgreementForm(request.POST)
    account = SagemakerAccount.objects.current()
    if not form.is_valid():
        problem = "Nothing is stored: open the page again, and tick the statement there."
        return _page(request, AccountForm(account), status=422, problem=problem)
    deed = agree_that_texts_leave if form.cleaned_data["leaves"] else withdraw_agreement
    try:
        deed(request.user, form.cleaned_data["revision"])
    except NotAllowed as error:
        raise PermissionDenied(str(error)) from error
    except SettingsRefused as error:
        return _page(request, AccountForm(account), status=422, problem=str(error))
    except SettingsChanged as error:
        account = SagemakerAccount.objects.current()
        return _page(request, AccountForm(account), status=409, problem=str(error))
    messages.success(
        request,
        "Agreed: trainings with BlazingText and batch transforms may send texts."
        if form.cleaned_data["leaves"]
        else "Texts leave no longer: the next training or batch transform there is refused.",
    )
    return redirect("sagemaker")


def _page(request, form: AccountForm, status: int = 200, **context):
    context |= {
        "form": form,
        "page": report.sagemaker(),
    }
    return render(request, "settings/sagemaker.html", context, status=status)
