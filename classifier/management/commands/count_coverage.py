"""``manage.py count_coverage``"""

from annotation.services.coverage_nights import count_due
from classifier.audit_figures import audit_figures
from classifier.management.commands._courteous import CourteousCommand


class Command(CourteousCommand):
    help = (
        "Count coverage anew where a night or an upgrade has asked for it, audit figures with it."
    )
    # They load every page, a second of the processor before the work that somebody waits for.
    requires_system_checks = []

    def handle(self, **options):
        night = count_due(audit_figures)
        self.stdout.write(
            f"Counted for {night.for_date}; {night.n_drifted:,} rows had differed."
            if night
            else "No count is due, or another process is at it."
        )
