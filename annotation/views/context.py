"""What every page knows: the demonstration, whose clock is shown, and notices."""

from django.utils.functional import SimpleLazyObject

from annotation.models import SiteSettings, Taxonomy
from annotation.reports.notices import n_open_notices


def site(request):
    return {
        "has_demonstration": SimpleLazyObject(
            lambda: Taxonomy.objects.filter(is_demonstration=True).exists()
        ),
        "n_notices": SimpleLazyObject(n_open_notices),
        "zone": SimpleLazyObject(lambda: SiteSettings.objects.current().place),
    }
