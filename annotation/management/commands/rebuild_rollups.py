"""``manage.py rebuild_rollups``"""

from django.core.management.base import BaseCommand

from annotation.models import Category
from annotation.services.rollup_check import put_right

SHOWN = 20


class Command(BaseCommand):
    help = "Count the figures of the coverage page anew, and say which of them differed."

    def handle(self, **options):
        drift = put_right()
        codes = dict(Category.objects.filter(pk__in=drift.categories).values_list("pk", "code"))
        for pk, figures in list(drift.categories.items())[:SHOWN]:
            words = ", ".join(f"{name} {n:+,}" for name, n in figures.items())
            self.stdout.write(f"{codes[pk]}: {words or 'when it was reviewed last'}")
        if len(drift.categories) > SHOWN:
            self.stdout.write(f"... and {len(drift.categories) - SHOWN:,} more categories.")
        if drift:
            self.stdout.write(
                f"{len(drift.grants):,} grants and {len(drift.categories):,} categories differed "
                "and have been put right."
            )
        else:
            self.stdout.write("Nothing differed.")
