"""What every page knows: whether the demonstration is loaded, and whose clock is shown."""

from django.utils.functional import SimpleLazyObject

from annotation.models import SiteSettings, Taxonomy


def site(request):
    return {
        "has_demonstration": SimpleLazyObject(
            lambda: Taxonomy.objects.filter(is_demonstration=True).exists()
        ),
        "zone": SimpleLazyObject(lambda: SiteSettings.objects.current().place),
    }
