"""``manage.py measure_waiting_backend``"""

from classifier.backend_comparisons import measure_waiting_backend
from classifier.management.commands._courteous import CourteousCommand


class Command(CourteousCommand):
    help = "Measure the next kind of model of the comparison that somebody has asked for."
    # They load every page, a second of the processor before the work that somebody waits for.
    requires_system_checks = []
    nice = 15  # annotators come first, and the night

    def handle(self, **options):
        backend = measure_waiting_backend()
        self.stdout.write(f"{backend}: {backend.comparison}." if backend else "None waits.")
