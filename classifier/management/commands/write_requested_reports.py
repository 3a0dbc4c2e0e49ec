"""``manage.py write_requested_reports``"""

import os

from django.core.management.base import BaseCommand

from classifier.stored_reports import write_requested_reports


class Command(BaseCommand):
    help = "Work out the figures that the night, or somebody on the site, has asked for."
    # They load every page, a second of the processor before the work that somebody waits for.
    requires_system_checks = []

    def handle(self, **options):
        os.nice(10)  # annotators come first
        for report in write_requested_reports():
            self.stdout.write(f"{report}: {report.status}.")
