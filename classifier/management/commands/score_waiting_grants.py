"""``manage.py score_waiting_grants``"""

from classifier.management.commands._courteous import CourteousCommand
from classifier.scoring import score_waiting_grants


class Command(CourteousCommand):
    help = "Let the active model version read the grants it has not read, and order the queue."
    # They load every page, a second of the processor before the work that somebody waits for.
    requires_system_checks = []

    def handle(self, **options):
        self.stdout.write(f"{score_waiting_grants():,} grants scored.")
