"""Adding to the figures of categories, in one statement that locks them in the order of keys."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from django.db import connection

from annotation.models import CategoryRollup
from annotation.reports.rollup_truth import FIGURES, Figures

Differences = dict[int, Figures]  # category -> what is to be added to its figures
BATCH = 500  # rows of a statement


def add_to_categories(found: Mapping[int, Figures], reviewed: Mapping[int, datetime]) -> None:
    """Add to the figures of categories, which makes no difference to what others add.

    Args:
        found: category -> what is to be added, by the names of ``FIGURES``.
        reviewed: category -> when somebody gave a verdict on it; an older one changes nothing.
    """
    keys = sorted({pk for pk, figures in found.items() if any(figures.values())} | reviewed.keys())
    for start in range(0, len(keys), BATCH):
        _add([
            CategoryRollup(
                pk=pk, reviewed_at=reviewed.get(pk),
                **{name: found.get(pk, Counter())[name] for name in FIGURES},
            )
            for pk in keys[start : start + BATCH]
        ])  # fmt: skip


def _add(rows: list[CategoryRollup]) -> None:
    # The ORM's upsert sets a column to what is given; this adds it, whatever others have added.
    fields = CategoryRollup._meta.concrete_fields
    name_of = connection.ops.quote_name
    table = name_of(CategoryRollup._meta.db_table)
    columns = [name_of(str(field.column)) for field in fields]
    sums = [f"{n} = {table}.{n} + excluded.{n}" for n in map(name_of, FIGURES)]
    sums.append(
        f"reviewed_at = CASE WHEN {table}.reviewed_at IS NULL OR"
        f" excluded.reviewed_at > {table}.reviewed_at"
        f" THEN excluded.reviewed_at ELSE {table}.reviewed_at END"
    )
    values = f"({', '.join(['%s'] * len(fields))})"
    sql = (  # our own names; all values are parameters
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([values] * len(rows))}"  # noqa: S608
        f" ON CONFLICT (category_id) DO UPDATE SET {', '.join(sums)}"
    )
    parameters = [
        field.get_db_prep_save(getattr(row, field.attname), connection)
        for row in rows
        for field in fields
    ]
    with connection.wrap_database_errors, connection.cursor() as cursor:
        cursor.execute(sql, parameters)
