"""``manage.py pack_fasttext model.bin FOLDER --sha256 H --taxonomy T.csv --calibrate A.csv``"""

from pathlib import Path

from django.core.management.base import CommandError

from classifier.augmented_manifests import UnfitClassMap, read_class_map
from classifier.backends.container_paths import ContainerFault
from classifier.backends.kept_model import check_marks, keep, marks_in
from classifier.backends.options import NoSuchOption, made
from classifier.labelled_files import UnusableFile, read_categories, read_grants
from classifier.management.commands._courteous import CourteousCommand
from classifier.ml.artifacts import CorruptArtifact

SHOWN = 5


class Command(CourteousCommand):
    help = (
        "Make a model folder, which the container serves, of a model.bin that fastText or "
        "SageMaker's BlazingText has trained elsewhere: check its hash, match its labels with the "
        "taxonomy, calibrate it on labelled grants that it was not trained on. Asks no database."
    )
    requires_system_checks = []
    nice = 5  # measuring can wait

    def add_arguments(self, parser):
        parser.add_argument("source", type=Path, metavar="model.bin")
        parser.add_argument("folder", type=Path, metavar="FOLDER")
        parser.add_argument("--sha256", required=True, help="of model.bin, from where it was made")
        parser.add_argument("--taxonomy", type=Path, required=True, metavar="T.csv")
        parser.add_argument(
            "--calibrate", type=Path, required=True, nargs="+", metavar="A.csv",
            help="labelled grants; of those it was trained on it would be too sure",
        )  # fmt: skip
        parser.add_argument(
            "--class-map", type=Path, metavar="M.json",
            help="which number is which category, where its labels are numbers",
        )  # fmt: skip
        parser.add_argument(
            "--sensitive", default="", metavar='"A;B"',
            help="codes of categories that only a person ticks, they and all below them",
        )  # fmt: skip

    def handle(
        self, *, source, folder, sha256, taxonomy, calibrate, class_map, sensitive, **options
    ):
        try:
            backend = made("fasttext")
            categories = read_categories(taxonomy, self.stderr.write)
            grants = read_grants(calibrate, categories)
            marked = marks_in(sensitive)
            check_marks(marked, categories)
            codes = [category.code for category in categories]
            classes = read_class_map(_text(class_map), codes) if class_map else None
            data = source.read_bytes()
        except UnfitClassMap as error:
            raise CommandError(f"{class_map.name}: {error}") from error
        except OSError as error:
            raise CommandError(f"{error.filename} cannot be opened: {error.strerror}.") from error
        except (UnusableFile, NoSuchOption, ContainerFault) as error:
            raise CommandError(str(error)) from error
        grants = grants.take(grants.labelled_rows())
        if not len(grants):
            raise CommandError(f"{calibrate[0].name} has no labelled grant to calibrate on.")
        # fastText is there, or the option could not have been made.
        from classifier.backends.fasttext import wrapped

        try:
            found = wrapped(data, sha256.lower(), categories, grants, classes)
        except CorruptArtifact as error:
            raise CommandError(f"{source.name}: {error}") from error
        keep(folder, backend, found.model, marked)
        answered = len(categories) - len(found.unanswered)
        self.stdout.write(
            self.style.SUCCESS(
                f"{folder} holds the model: {answered:,} of {len(categories):,} categories, "
                f"calibrated on {len(grants):,} grants."
            )
        )
        self._tell(found.unanswered, "categories have no label in it and stay behind all others")
        self._tell(found.unknown, "labels of it are no category and are passed over")

    def _tell(self, names, what):
        if names:
            more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
            self.stderr.write(f"{len(names):,} {what}: {', '.join(names[:SHOWN])}{more}.")


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8-sig", errors="replace")
