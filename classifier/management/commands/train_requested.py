"""``manage.py train_requested``"""

from classifier.management.commands._courteous import CourteousCommand
from classifier.workflow import train_requested


class Command(CourteousCommand):
    help = "Carry out the training that was asked for, if there is one; then score the grants."
    # They load every page, a second of the processor before the work that somebody waits for.
    requires_system_checks = []

    def handle(self, **options):
        version = train_requested()
        self.stdout.write(f"{version} is {version.status}." if version else "Nothing to train.")
