"""``manage.py play_waiting_curve``"""

import os

from django.core.management.base import BaseCommand

from classifier.simulations import play_waiting_curve


class Command(BaseCommand):
    help = "Play on the next curve of the simulation that somebody has asked for on the site."
    # They load every page, a second of the processor before the work that somebody waits for.
    requires_system_checks = []

    def handle(self, **options):
        os.nice(15)  # annotators come first, and the night
        curve = play_waiting_curve()
        self.stdout.write(f"{curve}: played on." if curve else "No curve waits.")
