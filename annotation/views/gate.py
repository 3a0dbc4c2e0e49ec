"""Who may pass: everybody signs in, one-time passwords are changed, some pages are not for all."""

from functools import wraps
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.db.models import BigIntegerField
from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse

from annotation.services.people_sessions import note_session
from annotation.views.errors import is_api, method_not_allowed
from annotation.visits import visit_of

LARGEST_KEY = BigIntegerField.MAX_BIGINT
CHANGE_FIRST = "Change your one-time password in the browser first."
OPEN_WITH_ONE_TIME_PASSWORD = {"change_password", "one_time_link", "sign_in", "sign_out"}


class GateMiddleware:
    """Ask for a sign-in unless a view is ``login_not_required``; the API asks for itself."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if response.status_code == 405 and not is_api(request):
            response = method_not_allowed(request, response)
        if response.has_header("Cache-Control"):
            return response
        # Of a fault the person is not asked for: the database may be what broke.
        if response.status_code >= 500 or request.user.is_authenticated:
            response["Cache-Control"] = "no-store"
        return response

    def process_view(self, request, view, args, kwargs):
        if any(isinstance(value, int) and value > LARGEST_KEY for value in kwargs.values()):
            raise Http404("No row has a number like that, and no database takes it.")
        if request.user.is_authenticated:
            note_session(request.user, visit_of(request))
            return self._change_password_first(request)
        if is_api(request) or not getattr(view, "login_required", True):
            return None
        # The address of a page that cannot be opened by itself is no place to come back to.
        back = request.get_full_path() if request.method == "GET" and not request.htmx else "/"
        return go_to(request, f"{reverse('sign_in')}?{urlencode({'next': back})}")

    def _change_password_first(self, request):
        if not request.user.must_change_password:
            return None
        if is_api(request):
            return JsonResponse({"detail": CHANGE_FIRST}, status=403)
        if request.resolver_match.url_name in OPEN_WITH_ONE_TIME_PASSWORD:
            return None
        return go_to(request, reverse("change_password"))


def go_to(request, address: str) -> HttpResponse:
    """Send the whole browser window there, also from a request that htmx made."""
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def administrators_only(view):
    """Refuse a page to annotators."""

    @wraps(view)
    def guarded(request, *args, **kwargs):
        if not request.user.is_administrator:
            raise PermissionDenied("This page belongs to administrators.")
        return view(request, *args, **kwargs)

    return guarded
