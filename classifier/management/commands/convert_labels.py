"""``manage.py convert_labels --taxonomy T.csv --from grants --to fasttext IN OUT``"""

import csv
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from classifier import augmented_manifests
from classifier.augmented_manifests import UnfitClassMap, class_map_of, read_class_map
from classifier.interchange import FORMS, LabelledRow, UnreadableLine
from classifier.labelled_files import UnusableFile, grant_rows, read_categories
from classifier.management.commands._measuring import write_json, writing

GRANTS, MANIFEST = "grants", "augmented-manifest"
COLUMNS = ["reference", "title", "description", "categories"]


class Command(BaseCommand):
    help = (
        "Turn a file of labelled texts into another form: the CSV that this site exports and "
        "imports, SageMaker Ground Truth's output manifest, fastText and BlazingText lines, "
        "BlazingText's augmented manifest, Comprehend's CSV, JSON lines. Asks no database."
    )
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("source", type=Path, metavar="IN")
        parser.add_argument("target", type=Path, metavar="OUT")
        parser.add_argument("--taxonomy", type=Path, required=True, metavar="T.csv")
        for name in ("from", "to"):
            parser.add_argument(
                f"--{name}", choices=[GRANTS, MANIFEST, *FORMS], required=True, dest=f"form_{name}"
            )
        parser.add_argument(
            "--class-map", type=Path, metavar="M.json",
            help=f"which number is which category; needed for {MANIFEST}, and written where it "
            "is not there yet",
        )  # fmt: skip

    def handle(self, *, source, target, taxonomy, form_from, form_to, class_map, **options):
        try:
            categories = read_categories(taxonomy, self.stderr.write)
            codes = [category.code for category in categories]
            classes = self._classes(class_map, codes, form_from, form_to)
            found = list(self._read(source, form_from, classes))
        except UnusableFile as error:
            raise CommandError(str(error)) from error
        rows = [_named(row, source, n, categories) for n, row in enumerate(found, start=1)]
        kept = [row for row in rows if row.categories or _keeps_empty(form_to)]
        with writing(target) as file:
            if form_to == GRANTS:
                lines = csv.writer(file, lineterminator="\n")
                lines.writerow(COLUMNS)
                lines.writerows(
                    [row.reference, row.title, row.description, ";".join(row.categories)]
                    for row in kept
                )
            else:
                try:
                    file.writelines(line + "\n" for line in _lines(kept, form_to, codes, classes))
                except (ValueError, UnfitClassMap) as error:
                    raise CommandError(str(error)) from error
        self.stdout.write(self.style.SUCCESS(f"Wrote {len(kept):,} texts to {target.name}."))
        if left := len(rows) - len(kept):
            self.stderr.write(
                f"{left:,} texts without a category are left out: {form_to} has no place for them."
            )

    def _classes(self, path, codes, form_from, form_to):
        """The categories by their numbers; a map that is not there yet is written."""
        if MANIFEST not in (form_from, form_to):
            return {}
        if path is None:
            raise CommandError(f"{MANIFEST} has numbers for categories: name their --class-map.")
        if path.exists() or form_from == MANIFEST:
            try:
                return read_class_map(path.read_text(encoding="utf-8-sig"), codes)
            except (UnfitClassMap, UnicodeDecodeError) as error:
                said = error if isinstance(error, UnfitClassMap) else "it is no UTF-8."
                raise CommandError(f"{path.name}: {said}") from error
            except OSError as error:
                raise CommandError(f"{path} cannot be opened: {error.strerror}.") from error
        write_json(path, class_map_of(codes))
        return class_map_of(codes)

    def _read(self, source, form, classes):
        if form == GRANTS:
            for row in grant_rows(source, set(COLUMNS)):
                yield LabelledRow(row.reference, row.title, row.description, tuple(row.categories))
            return
        try:
            with source.open(encoding="utf-8-sig", newline="") as file:
                if form == MANIFEST:
                    yield from augmented_manifests.read(file, classes)
                else:
                    yield from FORMS[form].read(file)
        except (UnreadableLine, UnicodeDecodeError) as error:
            said = error if isinstance(error, UnreadableLine) else "it is no UTF-8."
            raise CommandError(f"{source.name}: {said}") from error
        except OSError as error:
            raise CommandError(f"{source} cannot be opened: {error.strerror}.") from error


def _keeps_empty(form) -> bool:
    return form == GRANTS or (form != MANIFEST and FORMS[form].keeps_empty)


def _lines(rows, form, codes, classes):
    if form == MANIFEST:
        return augmented_manifests.write(rows, classes)
    return FORMS[form].write(rows, codes)


def _named(row: LabelledRow, source: Path, number: int, categories) -> LabelledRow:
    """With codes of the taxonomy, each once, and a reference."""
    codes = {category.code for category in categories}
    labels: dict[str, list[str]] = {}
    for category in categories:
        labels.setdefault(category.label, []).append(category.code)
    named = []
    for given in row.categories:
        # Jobs elsewhere name their classes as people read them.
        meant = [given] if given in codes else labels.get(given, [])
        if len(meant) != 1:
            what = "several categories" if meant else "no category"
            raise CommandError(
                f"{source.name}, text {number}: {given!r} names {what} of the taxonomy. Give the "
                "code."
            )
        named += meant
    reference = row.reference or f"{source.stem}-{number}"
    return LabelledRow(reference, row.title, row.description, tuple(dict.fromkeys(named)))
