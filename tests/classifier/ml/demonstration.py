"""The texts and categories that a new site starts with, as the learning reads them."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np

import annotation
from classifier.ml.text import CategoryText, Corpus

FOLDER = Path(annotation.__file__).parent / "demonstration"


def rows_of(name):
    with (FOLDER / name).open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def demonstration_categories():
    """All categories with alternative labels, notes and patterns, in two facets."""
    rows = rows_of("taxonomy.csv")
    broader = {row["code"]: row["broader"] for row in rows}
    return [
        CategoryText(
            code=row["code"],
            facet=row["facet"],
            label=row["label"],
            alt_labels=tuple(filter(None, row["alt_labels"].split(";"))),
            definition=row["definition"],
            scope_note=row["scope_note"],
            ancestors=_above(row["code"], broader),
            include_pattern=row["include_pattern"],
            exclude_pattern=row["exclude_pattern"],
        )
        for row in rows
    ]


def _above(code, broader):
    parent = broader[code]
    return (*_above(parent, broader), parent) if parent else ()


def plain_categories():
    """The same with nothing but names, notes and patterns, in one facet."""
    return [replace(c, facet="all", alt_labels=()) for c in demonstration_categories()]


def demonstration_grants(categories):
    """Labelled grants, their answers, and all texts: corpus, y, background."""
    rows = rows_of("grants.csv")
    labelled = [row for row in rows if row["categories"]]
    columns = {category.code: column for column, category in enumerate(categories)}
    y = np.zeros((len(labelled), len(categories)), dtype=np.int64)
    for number, row in enumerate(labelled):
        y[number, [columns[code] for code in row["categories"].split(";")]] = 1
    return _corpus(labelled), y, _corpus(rows)


def _corpus(rows):
    return Corpus(
        [f"{row['title']} {row['description']}".strip() for row in rows],
        [row["recipient_name"] for row in rows],
        [row["programme"] for row in rows],
    )
