"""``manage.py import_taxonomy FILE``"""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from annotation.errors import AnnotationError
from annotation.management.commands._faults import write_faults
from annotation.management.commands._limits import (
    add_child_options,
    limit_this_process,
    run_limited,
)
from annotation.services.import_taxonomy import REPLACE, UPDATE, import_taxonomy


class Command(BaseCommand):
    help = (
        "Create or update the categories of your taxonomy: CSV or Excel with codes and parents or "
        "with one column a level, indented text, or SKOS as Turtle, RDF/XML or JSON-LD. The format "
        "is recognised by content."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="docs/importing.md shows each format")
        choice = parser.add_mutually_exclusive_group()
        choice.add_argument(
            "--update", action="store_true", help="beside a taxonomy in use: retire nothing"
        )
        choice.add_argument(
            "--replace",
            action="store_true",
            help="beside a taxonomy in use: retire every category that the file does not name",
        )
        add_child_options(parser)

    def handle(self, *, file: Path, in_this_process: bool, limited: bool, **options):
        choice = UPDATE if options["update"] else REPLACE if options["replace"] else ""
        if in_this_process or limited:
            if limited:
                limit_this_process()
            self._import(file, choice)
        else:
            run_limited("import_taxonomy", [f"--{choice}"] * bool(choice) + ["--", str(file)])

    def _import(self, file: Path, choice: str):
        try:
            result = import_taxonomy(file, choice=choice)
        except AnnotationError as error:
            raise CommandError(str(error)) from error
        write_faults(self.stderr, result.faults)
        self.stdout.write(
            self.style.SUCCESS(
                f"{result.n_created} categories created, {result.n_updated} updated, "
                f"{result.n_unchanged} unchanged, {result.n_retired} retired; "
                f"{result.faults.n_total} findings."
            )
        )
