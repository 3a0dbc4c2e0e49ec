"""What every page knows: the demonstration, whose clock is shown, and notices."""

from django.utils.functional import SimpleLazyObject

from annotation.models import SiteSettings
from annotation.reports.notices import announced


def site(request):
    return {
        "announced": SimpleLazyObject(lambda: announced(to_administrator=_is_told(request))),
        "zone": SimpleLazyObject(lambda: SiteSettings.objects.current().place),
    }


def _is_told(request) -> bool:
    """A request that was refused early, such as for its Host header, has no person."""
    user = getattr(request, "user", None)
    return user is not None and user.is_authenticated and user.is_administrator
