"""A query that is asked with every annotation, put into SQL once and then asked with other keys."""

import json
from collections.abc import Callable, Collection
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

KEYS = "the keys that are asked for"  # stands among the parameters in their place
SELECT = {
    "postgresql": "SELECT unnest(%s::bigint[])",
    "sqlite": "SELECT value FROM json_each(%s)",
}


class OfKeys:
    """The rows of a query about some keys; values come as the database gives them.

    Putting a query of several tables into SQL costs this process more than the database takes to
    answer it.
    """

    def __init__(self, build: Callable[[RawSQL], QuerySet[Any, Any]]) -> None:
        """
        Args:
            build: the query, of rows whose key is in what it is given.
        """
        self._build = build
        self._sql: dict[str, tuple[str, tuple[Any, ...]]] = {}

    def rows(self, keys: Collection[int]) -> list[tuple[Any, ...]]:
        vendor = connection.vendor
        if vendor not in self._sql:
            keys_asked_for = RawSQL(SELECT[vendor], [KEYS])  # noqa: S611 - our own words
            self._sql[vendor] = self._build(keys_asked_for).query.sql_with_params()
        sql, parameters = self._sql[vendor]
        asked = [*keys] if vendor == "postgresql" else json.dumps([*keys])
        with connection.wrap_database_errors, connection.cursor() as cursor:
            cursor.execute(sql, [asked if value == KEYS else value for value in parameters])
            found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
