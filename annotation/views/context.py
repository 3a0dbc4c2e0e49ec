"""What every page knows: the demonstration, whose clock is shown, and notices."""

from django.utils.functional import SimpleLazyObject

from annotation.models import SiteSettings
from annotation.reports.notices import announced


def site(request):
    is_told = request.user.is_authenticated and request.user.is_administrator
    return {
        "announced": SimpleLazyObject(lambda: announced(to_administrator=is_told)),
        "zone": SimpleLazyObject(lambda: SiteSettings.objects.current().place),
    }
