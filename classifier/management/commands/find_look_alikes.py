"""``manage.py find_look_alikes``"""

import os

from django.core.management.base import BaseCommand

from classifier.look_alikes import find_look_alikes


class Command(BaseCommand):
    help = "Hold the texts of new and changed grants against all others, and keep what is alike."
    # They load every page, a second of the processor before the work that somebody waits for.
    requires_system_checks = []

    def handle(self, **options):
        os.nice(10)  # annotators come first
        self.stdout.write(f"{find_look_alikes():,} new texts compared.")
