"""People, for administrators: who may come in, and what each has open."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from annotation.errors import AnnotationError, NotAllowed, PersonRefused
from annotation.forms.accounts import InviteForm
from annotation.models import SiteSettings, StoredReport, User
from annotation.reports.people import people, person_row, sessions_of, tokens_of
from annotation.reports.people_figures import is_pace_old, people_figures, period_of, together
from annotation.reports.plants import over_acceptance, over_acceptance_of
from annotation.reports.workload import PERIODS
from annotation.services import people_admin
from annotation.services.people_sessions import end_everything
from annotation.templatetags.words import counted
from annotation.views.confirm import Question, ask, confirm
from annotation.views.gate import administrators_only

Role = User.Role


@administrators_only
@require_GET
def people_list(request):
    rows, period = people(), period_of(request.GET.get("period", ""))
    report = StoredReport.objects.newest(StoredReport.Question.AGREEMENT)
    persons = [row.person for row in rows]
    context: dict[str, object] = {
        "people": rows,
        "plants": over_acceptance(persons),
        "has_plants": SiteSettings.objects.current().plant_share > 0,
        "report": report,
        "periods": PERIODS,
        "period": period,
    }
    if report:
        context["figures"] = people_figures(report, persons, period)
        context["is_pace_old"] = is_pace_old(report)
        context["together"] = together(report, period)
    return render(request, "people/page.html", context)


@administrators_only
@require_http_methods(["GET", "POST"])
def invite(request):
    form = InviteForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            person, key = people_admin.invite(**form.cleaned_data, by=request.user)
        except NotAllowed as error:
            raise PermissionDenied(str(error)) from error
        except AnnotationError as error:
            form.add_error("username", str(error))
        else:
            return _link(request, person, key)
    status = 422 if request.method == "POST" else 200
    return confirm(request, "people/_invite.html", {"form": form, "page": "Invite"}, status)


@administrators_only
@require_GET
def person(request, pk: int):
    somebody = get_object_or_404(User, pk=pk)
    context = {
        "row": person_row(somebody),
        "person": somebody,
        "plants": over_acceptance_of(somebody),
        "sessions": sessions_of(somebody),
        "tokens": tokens_of(somebody),
        "is_self": somebody.pk == request.user.pk,
        "here_key": request.session.session_key,
    }
    return render(request, "people/person.html", context)


@administrators_only
@require_http_methods(["GET", "POST"])
def role(request, pk: int):
    """Give the other role; the form says which, so that sending it twice changes nothing."""
    somebody = get_object_or_404(User, pk=pk)
    new = Role.ANNOTATOR if somebody.is_administrator else Role.ADMINISTRATOR
    if request.method == "POST":
        new = request.POST.get("value", new)
    word = "an administrator" if new == Role.ADMINISTRATOR else "an annotator"
    question = Question(
        page="People",
        title=f"Make {somebody.username} {word}?",
        text=f"{_ending(somebody)} {somebody.username} signs in again with the same password. "
        f"{_may(new)}",
        button=f"Make {somebody.username} {word}",
        back=_page_of(somebody),
        done=f"{somebody.username} is {word} now.",
        value=new,
    )
    return ask(request, question, lambda: people_admin.change_role(somebody, new, request.user))


@administrators_only
@require_http_methods(["GET", "POST"])
def deactivate(request, pk: int):
    somebody = get_object_or_404(User, pk=pk)
    question = Question(
        page="People",
        title=f"Deactivate {somebody.username}?",
        text=f"{_ending(somebody)} A link that is still open becomes void, and nobody can sign in "
        "with this name. Every annotation stays. You can reactivate the account at any time.",
        button=f"Deactivate {somebody.username}",
        back=_page_of(somebody),
        done=f"{somebody.username} is deactivated and signed out everywhere.",
    )
    return ask(request, question, lambda: people_admin.deactivate(somebody, request.user))


@administrators_only
@require_http_methods(["GET", "POST"])
def reactivate(request, pk: int):
    somebody = get_object_or_404(User, pk=pk)
    question = Question(
        page="People",
        title=f"Reactivate {somebody.username}?",
        text=f"{somebody.username} can sign in again with the password from before, as "
        f"{somebody.get_role_display().lower()}. If anybody else may know that password, reset it "
        "straight afterwards.",
        button=f"Reactivate {somebody.username}",
        back=_page_of(somebody),
        done=f"{somebody.username} is active again.",
        is_loss=False,
    )
    return ask(request, question, lambda: people_admin.reactivate(somebody, request.user))


@administrators_only
@require_http_methods(["GET", "POST"])
def reset(request, pk: int):
    somebody = get_object_or_404(User, pk=pk)
    context = {"person": somebody, "ending": _ending(somebody), "page": "People"}
    if request.method == "GET":
        return confirm(request, "people/_reset.html", context)
    try:
        key = people_admin.reset_password(somebody, request.user)
    except NotAllowed as error:
        raise PermissionDenied(str(error)) from error
    except PersonRefused as error:
        return confirm(request, "people/_reset.html", context | {"problem": error}, status=409)
    return _link(request, somebody, key)


@administrators_only
@require_http_methods(["GET", "POST"])
def end_all(request, pk: int):
    """Every session and key of a person; one's own account page has this as well."""
    somebody = get_object_or_404(User, pk=pk)
    question = Question(
        page="People",
        title=f"End everything that {somebody.username} has open?",
        text=f"{_ending(somebody)} The password stays as it is: {somebody.username} can sign in "
        "again.",
        button="End everything",
        back=_page_of(somebody),
        done=f"Everything that {somebody.username} had open is ended.",
    )
    return ask(request, question, lambda: end_everything(somebody, request.user))


def _link(request, somebody: User, key: str):
    """The one time that the link is shown."""
    address = request.build_absolute_uri(reverse("one_time_link", args=[key]))
    context = {
        "person": somebody,
        "address": address,
        "page": "People",
        "row": person_row(somebody),
    }
    response = confirm(request, "people/_link.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _ending(somebody: User) -> str:
    """What falls with the deed; only what there is."""
    row = person_row(somebody)
    kinds = ((row.n_sessions, "open session"), (row.n_tokens, "API token"))
    there = [counted(number, noun) for number, noun in kinds if number]
    if not there:
        return "Nothing is open that would end."
    is_one = row.n_sessions + row.n_tokens == 1
    return f"{' and '.join(there)} {'ends' if is_one else 'end'} at once."


def _may(new_role: str) -> str:
    if new_role == Role.ADMINISTRATOR:
        return (
            "Administrators also import and export, see coverage, versions, people and settings, "
            "adjudicate, and may change all of it."
        )
    return "Annotators see grants and annotate, and no more."


def _page_of(somebody: User) -> str:
    return reverse("person", args=[somebody.pk])
