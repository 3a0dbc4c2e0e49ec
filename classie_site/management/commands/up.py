"""Start the site and all that it needs, and keep it running."""

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = (
        "Start the broker, the workers, the clock and the web server, and keep them running."
        " Variables: PORT, BIND, DEMO=0, DATABASE_URL, REDIS_URL, VAR_DIR, HTTPS."
    )
    requires_system_checks = ()

    def handle(self, *args, **options):
        from classie_site.supervisor import main

        main()
