"""``manage.py write_requested_reports``"""

from classifier.management.commands._courteous import CourteousCommand
from classifier.stored_reports import write_requested_reports


class Command(CourteousCommand):
    help = "Work out the figures that the night, or somebody on the site, has asked for."
    # They load every page, a second of the processor before the work that somebody waits for.
    requires_system_checks = []

    def handle(self, **options):
        for report in write_requested_reports():
            self.stdout.write(f"{report}: {report.status}.")
