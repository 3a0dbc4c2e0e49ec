"""``manage.py export grants|left-out|decisions|sprints|taxonomy --format FORMAT --out FILE``"""

import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from annotation.errors import AnnotationError
from annotation.exporters import EXPORTERS
from annotation.management.commands._progress import LineProgress
from annotation.services.exports import ExportOrder, count_lines, start_export

WHAT = list(dict.fromkeys(what for what, _ in EXPORTERS))
LINES = {
    "decisions": "annotations",
    "sprints": "sprint decisions",
    "taxonomy": "categories",
}
FORMS = list(dict.fromkeys(form for _, form in EXPORTERS))


class Command(BaseCommand):
    help = (
        "Write grants with their categories, what 360Giving leaves out, decisions, sprint "
        "decisions or the taxonomy to a file. It appears under its name when it is whole, "
        "readable by its owner only."
    )

    def add_arguments(self, parser):
        parser.add_argument("what", choices=WHAT)
        parser.add_argument("--format", dest="form", choices=FORMS, default="csv")
        parser.add_argument("--out", required=True, help="a file, or - for standard output")
        parser.add_argument("--raw", action="store_true", help="no cell made safe for spreadsheets")
        parser.add_argument("--with-suggestions", action="store_true", help="the model's as well")
        parser.add_argument(
            "--threshold", type=_share, default=0.5, help="suggestions from this probability on"
        )

    def handle(self, *, what: str, form: str, out: str, **options):
        order = ExportOrder(
            what=what,
            form=form,
            is_raw=options["raw"],
            threshold=options["threshold"] if options["with_suggestions"] else None,
        )
        progress = LineProgress(self.stderr, count_lines(order) if _exists(order) else 0)
        try:
            export = start_export(order, progress=progress)
            if out == "-":
                _to_standard_output(export.pieces)
            else:
                _to_file(export.pieces, Path(out))
        except (AnnotationError, OSError) as error:
            raise CommandError(str(error)) from error
        progress.clear()
        lines = LINES.get(what, "grants")
        self.stderr.write(self.style.SUCCESS(f"{export.n_lines:,} {lines} written."))


def _exists(order: ExportOrder) -> bool:
    return (order.what, order.form) in EXPORTERS


def _share(value: str) -> float:
    """A number from 0 to 1."""
    number = float(value)
    if not 0 <= number <= 1:
        raise ValueError(value)
    return number


def _to_standard_output(pieces: Iterable[bytes]) -> None:
    try:
        for piece in pieces:
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
    except BrokenPipeError as error:
        # The interpreter would complain a second time when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise CommandError("The reader went away.") from error


def _to_file(pieces: Iterable[bytes], path: Path) -> None:
    """Beside its place and moved into it, so that nobody ever finds half a file."""
    folder, prefix = path.parent, f".{path.name}."
    with tempfile.NamedTemporaryFile(dir=folder, prefix=prefix, delete=False) as file:
        try:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
