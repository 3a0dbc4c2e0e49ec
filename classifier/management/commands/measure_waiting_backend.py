"""``manage.py measure_waiting_backend``"""

import os

from django.core.management.base import BaseCommand

from classifier.backend_comparisons import measure_waiting_backend


class Command(BaseCommand):
    help = "Measure the next kind of model of the comparison that somebody has asked for."
    # They load every page, a second of the processor before the work that somebody waits for.
    requires_system_checks = []

    def handle(self, **options):
        os.nice(15)  # annotators come first, and the night
        backend = measure_waiting_backend()
        self.stdout.write(f"{backend}: {backend.comparison}." if backend else "None waits.")
