"""The settings of a request: read once, and their time zone is the one of its pages."""

from django.utils import timezone

from annotation.models import SiteSettings
from annotation.models.site_settings import settings_held


class SiteSettingsMiddleware:
    """Every view and template below sees one state of the settings."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        with settings_held(), timezone.override(SiteSettings.objects.current().zone):
            return self.get_response(request)
