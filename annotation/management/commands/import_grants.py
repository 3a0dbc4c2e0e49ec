"""``manage.py import_grants FILE``"""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from annotation.errors import AnnotationError
from annotation.importers.grant_rows import Mapping
from annotation.management.commands._faults import write_faults
from annotation.management.commands._limits import (
    add_child_options,
    limit_this_process,
    run_limited,
)
from annotation.management.commands._progress import Progress
from annotation.models import MappingProfile
from annotation.services.import_grants import import_grants, preview_grants


class Command(BaseCommand):
    help = (
        "Import grants from a CSV file (plain or gzip), an Excel workbook or 360Giving JSON, with "
        "our columns, those of 360Giving or a saved profile. The format is recognised by content. "
        "Grants known by their reference are updated where the file says something new."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--without-categories",
            action="store_true",
            help="leave the column 'categories' unread, so that the grants wait for annotation",
        )
        parser.add_argument("--profile", default="", help="a profile saved on the import page")
        parser.add_argument("--dry-run", action="store_true", help="count, and store nothing")
        add_child_options(parser)

    def handle(self, *, file: Path, in_this_process: bool, limited: bool, **options):
        if in_this_process or limited:
            self._import(file, tick=limit_this_process() if limited else None, **options)
            return
        flags = {"--without-categories": "without_categories", "--dry-run": "dry_run"}
        chosen = [flag for flag, option in flags.items() if options[option]]
        profile = [f"--profile={options['profile']}"] * bool(options["profile"])
        run_limited("import_grants", [*chosen, *profile, "--", str(file)])

    def _import(self, file: Path, *, without_categories, profile, dry_run, tick, **options):
        progress = Progress(self.stderr, file, tick)
        deed = preview_grants if dry_run else import_grants
        try:
            result = deed(
                file,
                mapping=_mapping(profile),
                with_categories=not without_categories,
                progress=progress,
            )
        except AnnotationError as error:
            raise CommandError(str(error)) from error
        progress.end()
        write_faults(self.stderr, result.faults)
        would = "would be " if dry_run else ""
        for column, n in sorted(result.emptied.items()):
            self.stderr.write(f"{column} {would}emptied: its cell is empty for {n:,} grants")
        faults = result.faults
        notes = f", {faults.n_notes:,} notes" if faults.n_notes else ""
        self.stdout.write(
            self.style.SUCCESS(
                f"{result.n_created:,} grants {would}created, {result.n_updated:,} updated, "
                f"{result.n_unchanged:,} unchanged, {result.n_labels:,} labels; "
                f"{faults.n_total - faults.n_notes:,} rows left out{notes}."
            )
        )


def _mapping(profile: str) -> Mapping | None:
    if not profile:
        return None
    found = MappingProfile.objects.filter(name=profile).first()
    if found is None:
        names = ", ".join(MappingProfile.objects.values_list("name", flat=True)) or "none yet"
        raise CommandError(f"There is no profile {profile!r}. Saved profiles: {names}.")
    return Mapping.from_json(found.mapping)
