"""What grants can be filtered by: only values that there are.

Each list is read off an index by leaping from one value to the next one above it, so it costs a few
steps a value, however many grants there are. A table of the values beside the grants would have to
be kept right by every import, change and undo.
"""

import json
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef

from annotation.models import Annotation, Facet, Outcome, User

MOST_PROGRAMMES = 200
MOST_FLAG_LISTS = 1_000

# Programmes as in their index: in their first 200 characters.
PROGRAMMES = """
    WITH RECURSIVE leap(v) AS (
        SELECT * FROM (SELECT SUBSTR(programme, 1, 200) FROM annotation_grant
            WHERE SUBSTR(programme, 1, 200) > '' ORDER BY 1 LIMIT 1) AS first
        UNION ALL
        SELECT (SELECT SUBSTR(programme, 1, 200) FROM annotation_grant
            WHERE SUBSTR(programme, 1, 200) > v ORDER BY 1 LIMIT 1)
        FROM leap WHERE v IS NOT NULL)
    SELECT v FROM leap WHERE v IS NOT NULL LIMIT %s"""
FLAGS = {
    "sqlite": """
        WITH RECURSIVE leap(v) AS (
            SELECT min(quality_flags) FROM annotation_grant
            UNION ALL
            SELECT (SELECT min(quality_flags) FROM annotation_grant WHERE quality_flags > v)
            FROM leap WHERE v IS NOT NULL)
        SELECT v FROM leap WHERE v IS NOT NULL LIMIT %s""",
    "postgresql": """
        WITH RECURSIVE leap(v) AS (
            (SELECT quality_flags FROM annotation_grant ORDER BY quality_flags LIMIT 1)
            UNION ALL
            SELECT (SELECT quality_flags FROM annotation_grant
                WHERE quality_flags > v ORDER BY quality_flags LIMIT 1)
            FROM leap WHERE v IS NOT NULL)
        SELECT v::text FROM leap WHERE v IS NOT NULL LIMIT %s""",
}
YEARS = {
    "sqlite": """
        WITH RECURSIVE leap(y) AS (
            SELECT strftime('%%Y', max(award_date)) FROM annotation_grant
            UNION ALL
            SELECT (SELECT strftime('%%Y', max(award_date)) FROM annotation_grant
                WHERE award_date < y || '-01-01')
            FROM leap WHERE y IS NOT NULL)
        SELECT CAST(y AS integer) AS y FROM leap WHERE y IS NOT NULL LIMIT %s""",
    "postgresql": """
        WITH RECURSIVE leap(y) AS (
            SELECT extract(year FROM max(award_date))::integer FROM annotation_grant
            UNION ALL
            SELECT (SELECT extract(year FROM max(award_date))::integer FROM annotation_grant
                WHERE award_date < make_date(y, 1, 1))
            FROM leap WHERE y IS NOT NULL)
        SELECT y FROM leap WHERE y IS NOT NULL LIMIT %s""",
}


# Of the site's own words: no value of a request stands in it.
ALL = """
    SELECT 'programme', v FROM ({programmes}) AS programmes
    UNION ALL SELECT 'year', CAST(y AS text) FROM ({years}) AS years
    UNION ALL SELECT 'annotator', username FROM annotation_user AS u
        WHERE EXISTS (SELECT 1 FROM annotation_annotation WHERE annotator_id = u.id)"""


@dataclass(frozen=True)
class GrantChoices:
    programmes: list[str]  # the first of them by name
    years: list[int]  # newest first
    annotators: list[str]


def grant_choices() -> GrantChoices:
    """Programmes, years and annotators together. One query."""
    sql = ALL.format(programmes=PROGRAMMES, years=YEARS[connection.vendor])
    found: dict[str, list[str]] = {"programme": [], "year": [], "annotator": []}
    with connection.cursor() as cursor:
        cursor.execute(sql, [MOST_PROGRAMMES, 10_000])
        for kind, value in cursor.fetchall():
            found[kind].append(value)
    return GrantChoices(
        programmes=sorted(found["programme"]),
        years=sorted(map(int, found["year"]), reverse=True),
        annotators=sorted(found["annotator"]),
    )


def programmes() -> list[str]:
    """The first of them by name; one more than ``MOST_PROGRAMMES`` where there are more."""
    return _leap(PROGRAMMES, MOST_PROGRAMMES + 1)


def years() -> list[int]:
    """Newest first."""
    return _leap(YEARS[connection.vendor], 10_000)


def flags() -> list[str]:
    """The quality flags that any grant has."""
    return sorted({flag for flags in lists_of_flags() for flag in flags})


def lists_of_flags() -> list[list[str]]:
    """The different lists of flags that grants have, as stored: there are only few."""
    return [json.loads(text) for text in _leap(FLAGS[connection.vendor], MOST_FLAG_LISTS)]


def annotators() -> list[str]:
    """Names of those who have answered anything."""
    answered = Annotation.objects.filter(annotator=OuterRef("pk"))
    found = User.objects.filter(Exists(answered)).order_by("username")
    return list(found.values_list("username", flat=True))


def facet_outcomes() -> list[tuple[str, list[tuple[str, str]]]]:
    """Every facet with the outcomes it can have: (label, [(``facet:outcome``, outcome)])."""
    return [
        (
            facet.label,
            [
                (f"{facet.code}:{value}", value)
                for value in Outcome.Value.values
                if value != Outcome.Value.GENERAL_PUBLIC or facet.has_general_public
            ],
        )
        for facet in Facet.objects.current()
    ]


def _leap(sql: str, most: int) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [most])
        return [value for (value,) in cursor.fetchall()]
