"""Signing in and out, and changing the password."""

from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from annotation.errors import LinkGone, PersonRefused, SignInRefused
from annotation.forms.accounts import ChangePasswordForm, FirstPasswordForm, SignInForm
from annotation.services.leaving import give_back_claims
from annotation.services.people import change_password, check_password
from annotation.services.people_links import link_of, use_link
from annotation.services.people_sessions import (
    carry_session_over,
    note_session,
    signed_in_at,
    sweep_sessions,
)
from annotation.templatetags.words import counted
from annotation.views.guide import tour_or
from annotation.visits import client_address, visit_of


@sensitive_post_parameters("password")
@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def sign_in_page(request):
    if request.user.is_authenticated:
        return redirect("annotate")
    form = SignInForm(request.POST or None)
    refusal = ""
    if form.is_valid():
        try:
            _sign_in(request, **form.cleaned_data)
        except SignInRefused as error:
            refusal = str(error)
        else:
            return redirect(tour_or(_wanted(request), request.user))
    context = {"form": form, "refusal": refusal, "next": request.GET.get("next", "")}
    return render(request, "account/sign_in.html", context, status=422 if request.POST else 200)


def _sign_in(request, username: str, password: str) -> None:
    """Open a session for the person in the browser, or raise SignInRefused and open none."""
    user = check_password(username, password, client_address(request))
    login(request, user)
    sweep_sessions(user)
    note_session(user, visit_of(request))


@require_POST
def sign_out(request):
    n_given_back = give_back_claims(request.user, request.session.session_key or "")
    logout(request)
    back = f" You gave back {counted(n_given_back, 'grant')}." if n_given_back else ""
    messages.success(request, f"You are signed out.{back}")
    return redirect("sign_in")


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def change_password_page(request):
    is_first = request.user.must_change_password
    form_class = FirstPasswordForm if is_first else ChangePasswordForm
    form = form_class(request.user, request.POST or None)
    if form.is_valid():
        new_password = form.cleaned_data["new_password1"]
        began_at = signed_in_at(request.session.session_key)
        change_password(request.user, new_password, request.session.session_key)
        update_session_auth_hash(request, request.user)  # the session has another key from here on
        carry_session_over(request.user, visit_of(request), began_at)
        messages.success(request, "Your password is changed. Other sessions are signed out.")
        return redirect(tour_or("annotate", request.user))
    return render(
        request,
        "account/change_password.html",
        {"form": form, "is_first": is_first},
        status=422 if request.POST else 200,
    )


@sensitive_post_parameters()
@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def one_time_link(request, key: str):
    """Choose a password by a link that an administrator made. Opening it does not use it up."""
    try:
        link = link_of(key)
        form = FirstPasswordForm(link.user, request.POST if request.method == "POST" else None)
        if form.is_valid():
            return _welcome(request, key, form.cleaned_data["new_password1"])
    except LinkGone as error:
        return render(request, "account/link_gone.html", {"problem": error}, status=404)
    except PersonRefused as error:
        form.add_error("new_password1", str(error))
    status = 422 if request.method == "POST" else 200
    return render(
        request, "account/one_time_link.html", {"form": form, "link": link}, status=status
    )


def _welcome(request, key: str, new_password: str):
    user = use_link(key, new_password)
    logout(request)  # whoever was signed in here is perhaps not whom the link is for
    messages.success(request, f"Your password is set. Sign in as {user.username}.")
    return redirect("sign_in")


def _wanted(request) -> str:
    """Where the person was going, if that is a page of ours."""
    wanted = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        wanted, {request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else "annotate"
