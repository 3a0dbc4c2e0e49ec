"""``manage.py play_waiting_curve``"""

from classifier.management.commands._courteous import CourteousCommand
from classifier.simulations import play_waiting_curve


class Command(CourteousCommand):
    help = "Play on the next curve of the simulation that somebody has asked for on the site."
    # They load every page, a second of the processor before the work that somebody waits for.
    requires_system_checks = []
    nice = 15  # annotators come first, and the night

    def handle(self, **options):
        curve = play_waiting_curve()
        self.stdout.write(f"{curve}: played on." if curve else "No curve waits.")
