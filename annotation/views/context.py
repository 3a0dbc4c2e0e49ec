"""What every page knows: whether the demonstration is loaded, and whose clock is shown."""

from django.conf import settings
from django.utils.functional import SimpleLazyObject

from annotation.models import Taxonomy


def site(request):
    return {
        "has_demonstration": SimpleLazyObject(
            lambda: Taxonomy.objects.filter(is_demonstration=True).exists()
        ),
        "zone": settings.TIME_ZONE.rpartition("/")[2].replace("_", " "),
    }
