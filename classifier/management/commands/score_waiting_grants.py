"""``manage.py score_waiting_grants``"""

from classifier.management.commands._courteous import CourteousCommand
from classifier.scoring import score_waiting_grants


class Command(CourteousCommand):
    help = "Let the active model version read the grants it has not read, and order the queue."
    # They load every page, a second of the processor before the work that somebody waits for.
    requires_system_checks = []
    # What annotators get next is read first; only then do they come before the rest.
    gives_way_at_once = False

    def handle(self, **options):
        self.stdout.write(f"{score_waiting_grants(make_way=self.give_way):,} grants scored.")
