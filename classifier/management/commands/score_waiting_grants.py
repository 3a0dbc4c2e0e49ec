"""``manage.py score_waiting_grants``"""

import os

from django.core.management.base import BaseCommand

from classifier.scoring import score_waiting_grants


class Command(BaseCommand):
    help = "Let the active model version read the grants it has not read, and order the queue."
    # They load every page, a second of the processor before the work that somebody waits for.
    requires_system_checks = []

    def handle(self, **options):
        # Annotators come first, and first of all what they get next.
        n = score_waiting_grants(make_way=lambda: os.nice(10))
        self.stdout.write(f"{n:,} grants scored.")
