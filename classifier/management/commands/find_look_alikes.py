"""``manage.py find_look_alikes``"""

from classifier.look_alikes import find_look_alikes
from classifier.management.commands._courteous import CourteousCommand


class Command(CourteousCommand):
    help = "Hold the texts of new and changed grants against all others, and keep what is alike."
    # They load every page, a second of the processor before the work that somebody waits for.
    requires_system_checks = []

    def handle(self, **options):
        self.stdout.write(f"{find_look_alikes():,} new texts compared.")
