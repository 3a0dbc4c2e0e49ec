"""``manage.py fill_requested_sprints``"""

from classifier.management.commands._courteous import CourteousCommand
from classifier.sprints import fill_requested_sprints


class Command(CourteousCommand):
    help = "Look for the grants that requested label sprints ask about."
    # They load every page, a second of the processor before the work that somebody waits for.
    requires_system_checks = []

    def handle(self, **options):
        self.stdout.write(f"{fill_requested_sprints():,} sprints filled.")
