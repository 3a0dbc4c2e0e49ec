"""``manage.py fill_requested_sprints``"""

import os

from django.core.management.base import BaseCommand

from classifier.sprints import fill_requested_sprints


class Command(BaseCommand):
    help = "Look for the grants that requested label sprints ask about."
    # They load every page, a second of the processor before the work that somebody waits for.
    requires_system_checks = []

    def handle(self, **options):
        os.nice(10)  # annotators come first
        self.stdout.write(f"{fill_requested_sprints():,} sprints filled.")
