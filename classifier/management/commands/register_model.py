"""``manage.py register_model FOLDER_OR_FILE``"""

from pathlib import Path

from django.core.management.base import CommandError

from annotation.errors import AnnotationError
from classifier.management.commands._courteous import CourteousCommand
from classifier.registering import CannotRegister, register


class Command(CourteousCommand):
    help = (
        "Register a model that was trained elsewhere: what SageMaker's container leaves, or "
        "fastText's model.bin. It becomes active only if it passes the gate."
    )

    def add_arguments(self, parser):
        parser.add_argument("path", type=Path, help="folder, model.tar.gz, or model.bin")
        parser.add_argument("--backend", default="", help="its kind, where it does not say")
        parser.add_argument(
            "--sha256", default="",
            help="of the archive or the model's file; model.bin is read only with it",
        )  # fmt: skip
        parser.add_argument(
            "--class-map", type=Path, metavar="M.json",
            help="which number is which category, where the labels of model.bin are numbers",
        )  # fmt: skip

    def handle(self, *, path: Path, backend: str, sha256: str, class_map: Path | None, **options):
        try:
            version = register(path, backend, sha256, _text(class_map) if class_map else None)
        except (CannotRegister, AnnotationError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{version} is {version.status}. {version.reason}")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise CommandError(f"{path} cannot be opened: {error.strerror}.") from error
