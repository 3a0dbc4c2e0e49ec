"""What the labels of a BlazingText model mean, as it is told to a command."""

from pathlib import Path

from django.core.management.base import CommandError

from annotation.models import Category
from classifier.augmented_manifests import NUMBER, UnfitClassMap, read_label_map
from classifier.backends.hosted_forms import BLAZINGTEXT


def read_classes(path: Path | None) -> dict[str, str] | None:
    """The category of each label, of the file that was named."""
    if path is None:
        return None
    try:
        # Retired ones, too: the model may be older than the taxonomy of today.
        codes = list(Category.objects.values_list("code", flat=True))
        return read_label_map(path.read_text(encoding="utf-8-sig", errors="replace"), codes)
    except OSError as error:
        raise CommandError(f"{path} cannot be opened: {error.strerror}.") from error
    except UnfitClassMap as error:
        raise CommandError(f"{path.name}: {error}") from error


def check_labels(form: str, classes: dict[str, str] | None) -> None:
    """Nobody can tell a category that is called 7 from the seventh of a class map."""
    if form != BLAZINGTEXT:
        if classes:
            raise CommandError(f"--class-map is for --form {BLAZINGTEXT}, and not for {form}.")
        return
    codes = Category.objects.active().values_list("code", flat=True)
    if not classes and (numbers := [code for code in codes if NUMBER.fullmatch(code)]):
        raise CommandError(
            f"Categories of this site have numbers for codes, such as {numbers[0]}, and a model "
            "that was trained on an augmented manifest numbers them otherwise. Give --class-map; "
            f'where its labels are codes, with each as itself: {{"{numbers[0]}": "{numbers[0]}"}}.'
        )
