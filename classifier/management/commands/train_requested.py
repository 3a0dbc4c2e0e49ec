"""``manage.py train_requested``"""

import os

from django.core.management.base import BaseCommand

from classifier.workflow import train_requested


class Command(BaseCommand):
    help = "Carry out the training that was asked for, if there is one; then score the grants."
    # They load every page, a second of the processor before the work that somebody waits for.
    requires_system_checks = []

    def handle(self, **options):
        os.nice(10)  # annotators come first
        version = train_requested()
        self.stdout.write(f"{version} is {version.status}." if version else "Nothing to train.")
