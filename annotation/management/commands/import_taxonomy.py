"""``manage.py import_taxonomy FILE``"""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from annotation.errors import AnnotationError
from annotation.management.commands._faults import write_faults
from annotation.services.import_taxonomy import import_taxonomy


class Command(BaseCommand):
    help = "Create or update the categories of your taxonomy from a CSV file, plain or gzip."

    def add_arguments(self, parser):
        parser.add_argument(
            "file",
            type=Path,
            help="columns facet, code, label; optional: broader, definition, scope_note, "
            "alt_labels, include_pattern, exclude_pattern",
        )

    def handle(self, *, file: Path, **options):
        try:
            result = import_taxonomy(file)
        except AnnotationError as error:
            raise CommandError(str(error)) from error
        write_faults(self.stderr, result.faults)
        self.stdout.write(
            self.style.SUCCESS(
                f"{result.n_created} categories created, {result.n_updated} updated, "
                f"{result.n_unchanged} unchanged, {result.n_retired} retired; "
                f"{len(result.faults)} findings."
            )
        )
