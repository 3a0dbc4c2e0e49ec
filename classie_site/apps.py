"""Registration of the site, which lends the web half its doorbell."""

from django.apps import AppConfig


class ClassieSiteConfig(AppConfig):
    name = "classie_site"
    verbose_name = "Site"

    def ready(self) -> None:
        from annotation.services import doorbell
        from classie_site.doorbell import ring

        doorbell.install(ring)
