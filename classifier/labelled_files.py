"""From files of categories and grants to what the learning reads; no database is asked."""

import csv
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np

from annotation.errors import ImportRefused
from annotation.importers.csv_file import open_csv
from annotation.importers.faults import Fault
from annotation.importers.grant_rows import GrantRow, rows_of_table
from annotation.importers.recognise import read_taxonomy
from annotation.importers.taxonomy_rows import CategoryRow
from annotation.models import Grant
from annotation.models.site_settings import default_text_fields
from classifier.dataset import corpus_of
from classifier.ml.holdout import LabelledTexts
from classifier.ml.text import CategoryText

# Amounts, dates and places are not read, so what is wrong with them is no matter here.
READ = (
    "reference", "title", "description", "recipient_name", "recipient_identifier", "funder_name",
    "programme", "categories",
)  # fmt: skip
TEXT_COLUMNS = {"reference", "title", "description"}


class UnusableFile(Exception):
    """A file cannot be measured with; the message names file, row and value."""


def read_categories(path: Path, note: Callable[[str], object]) -> list[CategoryText]:
    """The categories of a taxonomy file, in its order.

    Args:
        note: told of what is left aside, such as a pattern that RE2 refuses.

    Raises:
        UnusableFile: a category cannot be taken.
    """
    try:
        rows, faults = read_taxonomy(path)
    except (ImportRefused, OSError) as error:
        raise _refused(path, error) from error
    for fault in faults:
        if not fault.is_warning:
            raise UnusableFile(_words(path, fault))
        note(_words(path, fault))
    by_code = {row.code: row for row in rows}
    return [
        CategoryText(
            code=row.code,
            facet=row.facet,
            label=row.label,
            alt_labels=row.alt_labels,
            definition=row.definition,
            scope_note=row.scope_note,
            ancestors=tuple(_ancestors(row, by_code)),
            include_pattern=row.include_pattern,
            exclude_pattern=row.exclude_pattern,
        )
        for row in sorted(rows, key=lambda row: row.row)
    ]


def _ancestors(row: CategoryRow, by_code: dict[str, CategoryRow]) -> list[str]:
    above: list[str] = []
    while row.broader:
        row = by_code[row.broader]
        above.insert(0, row.code)
    return above


def read_grants(
    paths: Iterable[Path], categories: list[CategoryText], has_categories: bool = True
) -> LabelledTexts:
    """The grants of one or more files, plain or gzip; a facet without a category is unanswered.

    Raises:
        UnusableFile: a file or row cannot be read, a reference comes twice, or a category is not
            in the taxonomy.
    """
    grants: list[Grant] = []
    given: list[list[int]] = []
    column = {category.code: at for at, category in enumerate(categories)}
    first: dict[str, str] = {}
    for path in paths:
        for row in grant_rows(path, TEXT_COLUMNS | ({"categories"} if has_categories else set())):
            place = f"{path.name}, row {row.row}"
            if row.reference in first:
                raise UnusableFile(
                    f"{place}, reference: {row.reference!r} stands in {first[row.reference]} "
                    "already. Remove one of them."
                )
            first[row.reference] = place
            codes = row.categories if has_categories else ()
            unknown = [code for code in codes if code not in column]
            if unknown:
                raise UnusableFile(
                    f"{place}, categories: {unknown[0]!r} is no category of the taxonomy. Name "
                    "the taxonomy that the file was labelled with."
                )
            grants.append(_grant(row))
            given.append([column[code] for code in codes])
    y, known = _answers(given, categories)
    texts = corpus_of(grants, default_text_fields())
    return LabelledTexts([grant.reference for grant in grants], texts, y, known)


def read_amounts(paths: Iterable[Path]) -> dict[str, float]:
    """What each grant was given, by reference; 0 where nothing that can be read is said.

    Raises:
        UnusableFile: a file cannot be read.
    """
    amounts: dict[str, float] = {}
    for path in paths:
        try:
            with open_csv(path) as table:
                for _, row in table:
                    if not isinstance(row, Fault):
                        amounts[row["reference"].strip()] = _amount(row.get("amount_awarded", ""))
        except (ImportRefused, OSError, csv.Error) as error:
            raise _refused(path, error) from error
    return amounts


def grant_rows(path: Path, required: set[str]) -> Iterator[GrantRow]:
    """The rows of one file of grants, as they stand there.

    Raises:
        UnusableFile: the file or a row of it cannot be read.
    """
    try:
        with open_csv(path) as table:
            table.require(required, known=None)
            for row, _ in rows_of_table(table, {column: column for column in READ}):
                if isinstance(row, Fault):
                    raise UnusableFile(_words(path, row))
                yield row
    except (ImportRefused, OSError, csv.Error) as error:
        raise _refused(path, error) from error


def _amount(value: str) -> float:
    try:
        amount = float(value)
    except ValueError:
        return 0.0
    return amount if 0 < amount < float("inf") else 0.0


def _grant(row: GrantRow) -> Grant:
    # Never saved: it knows which of its fields are its text, its recipient and its programme.
    return Grant(
        reference=row.reference,
        title=row.title,
        description=row.description,
        recipient_name=row.recipient_name,
        recipient_identifier=row.recipient_identifier,
        funder_name=row.funder_name,
        programme=row.programme,
    )


def _answers(
    given: list[list[int]], categories: list[CategoryText]
) -> tuple[np.ndarray, np.ndarray]:
    """``y`` and ``known`` as the site has them for labels of a file."""
    facets = np.array([category.facet for category in categories])
    y = np.zeros((len(given), len(categories)), dtype=np.int64)
    known = np.zeros(y.shape, dtype=bool)
    for row, columns in enumerate(given):
        y[row, columns] = 1
        known[row] = np.isin(facets, facets[columns])
    return y, known


def _words(path: Path, fault: Fault) -> str:
    value = fault.value if len(fault.value) <= 60 else fault.value[:57] + "…"
    return f"{path.name}, row {fault.row}, {fault.column}: {value!r} {fault.problem}."


def _refused(path: Path, error: Exception) -> UnusableFile:
    if isinstance(error, OSError):
        return UnusableFile(f"{path} cannot be opened: {error.strerror}.")
    return UnusableFile(str(error))
