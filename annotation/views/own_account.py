"""One's own account: what is open, keys to the API, and ending either."""

from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from annotation.errors import SignInRefused
from annotation.forms.accounts import TokenForm
from annotation.models import ApiToken, PersonSession
from annotation.reports.people import sessions_of, tokens_of
from annotation.services.people import give_token
from annotation.services.people_sessions import end_everything, end_session, revoke_token
from annotation.templatetags.words import moment
from annotation.views.confirm import Question, ask, confirm
from annotation.visits import client_address


@require_GET
def account(request):
    context = {
        "sessions": sessions_of(request.user),
        "tokens": tokens_of(request.user),
        "here_key": request.session.session_key,
    }
    return render(request, "account/page.html", context)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def make_token(request):
    """A key to the API, shown this once; it wants the password, since it outlives the session."""
    form = TokenForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            key = give_token(
                request.user.username, form.cleaned_data["password"], client_address(request)
            )
        except SignInRefused as error:
            form.add_error("password", str(error))
        else:
            return confirm(request, "account/_token.html", {"key": key, "page": "Your account"})
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "page": "Your account"}
    return confirm(request, "account/_make_token.html", context, status)


@require_http_methods(["GET", "POST"])
def end_others(request):
    question = Question(
        page="Your account",
        title="End everything but this session?",
        text="Your other browsers are signed out and your API tokens stop working at once. Your "
        "password stays as it is; change it too if somebody else may know it.",
        button="End everything else",
        back=reverse("account"),
        done="Your other sessions and your tokens are ended.",
    )
    key = request.session.session_key
    return ask(request, question, lambda: end_everything(request.user, request.user, but=key))


@require_http_methods(["GET", "POST"])
def end_one(request, pk: int):
    """One's own session, or anybody's for an administrator; others do not exist."""
    session = get_object_or_404(
        PersonSession.objects.visible_to(request.user).select_related("user"), pk=pk
    )
    is_here = session.session_id == request.session.session_key
    question = Question(
        page="Sessions",
        title=f"End the session in {session.browser}?",
        text="It is the one you are using: you will have to sign in again."
        if is_here
        else f"{_whose(request, session.user)} is signed out there at once, and what was ticked "
        "but not saved stays in that browser.",
        button="End the session",
        back=_back(request, session.user),
        done="The session is ended.",
    )
    return ask(request, question, lambda: end_session(session, request.user))


@require_http_methods(["GET", "POST"])
def revoke(request, pk: int):
    token = get_object_or_404(
        ApiToken.objects.visible_to(request.user).select_related("user"), pk=pk
    )
    question = Question(
        page="Tokens",
        title="Revoke this token?",
        text=f"It was made on {moment(token.created_at)}. Whatever program uses it is refused "
        "from now on, and the token cannot be brought back.",
        button="Revoke the token",
        back=_back(request, token.user),
        done="The token is revoked.",
    )
    return ask(request, question, lambda: revoke_token(token, request.user))


def _whose(request, owner) -> str:
    return "Your account" if owner.pk == request.user.pk else owner.username


def _back(request, owner) -> str:
    is_own = owner.pk == request.user.pk
    return reverse("account") if is_own else reverse("person", args=[owner.pk])
