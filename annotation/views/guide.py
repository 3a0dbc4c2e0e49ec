"""The help page, and the tour that a person is led through at the first sign-in."""

from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from annotation.models import Grant, Taxonomy, User
from annotation.services.key_choices import keys_of
from annotation.services.people import note_tour_seen
from annotation.templatetags.terms import TERMS

STEPS = ("what", "keys", "start")
# Where the tour may end, by the name that its buttons send.
ENDS = ("annotate", "help", "imports")


@require_GET
def help_page(request):
    context = {"terms": TERMS.items(), "keys": keys_of(request.user)}
    return render(request, "help/page.html", context)


@require_http_methods(["GET", "POST"])
def tour(request):
    """Three short pages. Ending or skipping it is remembered with the person."""
    if request.method == "POST":
        note_tour_seen(request.user)
        end = request.POST.get("end", "")
        return redirect(end if end in ENDS else "annotate")
    at = _step(request.GET.get("step", ""))
    context = {
        "step": STEPS[at],
        "number": at + 1,
        "keys": keys_of(request.user),
        "n_steps": len(STEPS),
        "back": _address(at - 1),
        "next": _address(at + 1),
        "has_taxonomy": Taxonomy.objects.current() is not None,
        "has_grants": Grant.objects.exists(),
    }
    return render(request, "help/tour.html", context)


def tour_or(wanted: str, user: User) -> str:
    """The tour in place of the first page, for who has not seen it; other pages were asked for."""
    is_first_page = wanted in ("annotate", reverse("annotate"))
    is_new = user.tour_seen_at is None and not user.must_change_password
    return "tour" if is_first_page and is_new else wanted


def _step(said: str) -> int:
    return int(said) - 1 if said in ("1", "2", "3") else 0


def _address(at: int) -> str:
    return f"{reverse('tour')}?step={at + 1}" if 0 <= at < len(STEPS) else ""
