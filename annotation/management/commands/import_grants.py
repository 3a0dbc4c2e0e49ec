"""``manage.py import_grants FILE``"""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from annotation.errors import AnnotationError
from annotation.management.commands._faults import write_faults
from annotation.management.commands._progress import Progress
from annotation.services.import_grants import import_grants


class Command(BaseCommand):
    help = (
        "Import grants from a CSV file, plain or gzip, with our columns or those of 360Giving. "
        "Grants known by their reference are updated where the file says something new."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--without-categories",
            action="store_true",
            help="leave the column 'categories' unread, so that the grants wait for annotation",
        )

    def handle(self, *, file: Path, without_categories: bool, **options):
        try:
            result = import_grants(
                file,
                with_categories=not without_categories,
                progress=Progress(self.stderr, file),
            )
        except AnnotationError as error:
            raise CommandError(str(error)) from error
        write_faults(self.stderr, result.faults)
        self.stdout.write(
            self.style.SUCCESS(
                f"{result.n_created:,} grants created, {result.n_updated:,} updated, "
                f"{result.n_unchanged:,} unchanged, {result.n_labels:,} labels; "
                f"{len(result.faults):,} rows left out."
            )
        )
