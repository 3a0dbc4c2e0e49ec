"""What the address of the coverage page asks for: categories, grants, an order."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from annotation.models import Category
from annotation.reports.coverage import BAND_WORDS, CategoryCoverage
from annotation.reports.given import ALWAYS, Days, day_in, days_in
from annotation.reports.grant_filters import filtered, secret
from annotation.views.wrong_parts import without_wrong_parts

# Of grants: the figures are those of these grants alone. They mean what they mean in the list.
OF_GRANTS = ("programme", "place", "year", "annotator")
OF_DAYS = ("given_from", "given_to")  # of their examples alone
OF_CATEGORIES = ("q", "facet", "level", "band", "branch")
THIN = "thin"  # the bands under ten together
BANDS = (THIN, *map(str, range(len(BAND_WORDS))))
NAMES = (*OF_CATEGORIES, *OF_GRANTS, *OF_DAYS, "sort", "page")


def _share(share):
    """None: too few to be said, and so to be ordered by."""
    return None if share.is_too_few else share.value


def _hours(row: CategoryCoverage):
    return None if row.hours is None or row.hours.is_too_few else row.hours.value


# A column's name -> what its rows are ordered by; those of which nothing is known come last.
SORTS: dict[str, Callable[[CategoryCoverage], Any]] = {
    "examples": lambda row: (row.examples, -row.pending),
    "below": lambda row: row.with_below,
    "pending": lambda row: row.pending,
    "name": lambda row: row.label.casefold(),
    "target": lambda row: row.target and row.of_pool - row.target,
    "accepted": lambda row: _share(row.verdicts.acceptance),
    "overridden": lambda row: _share(row.verdicts.override),
    "precision": lambda row: _share(row.audit.precision),
    "recall": lambda row: _share(row.audit.recall),
    "reviewed": lambda row: row.reviewed_at,
    "hours": _hours,
}


@dataclass(frozen=True)
class Asked:
    """``query``: what is set, by name. ``branch``: the category whose part is looked at.

    ``faults``: what was asked for and left out, in sentences.
    """

    query: dict[str, str]
    branch: Category | None
    faults: tuple[str, ...] = ()

    @property
    def of_grants(self) -> dict[str, str]:
        return {name: value for name, value in self.query.items() if name in OF_GRANTS}

    @property
    def grants(self):
        """The grants whose figures are asked for; None: those of all.

        Of few grants a figure would tell what was said of one that somebody decides by themselves.
        """
        return filtered(self.of_grants).filter(~secret()) if self.of_grants else None

    @property
    def of_days(self) -> dict[str, str]:
        return {name: value for name, value in self.query.items() if name in OF_DAYS}

    @property
    def days(self) -> Days:
        """When the examples were given that are asked for."""
        return days_in(self.of_days) or ALWAYS

    @property
    def is_of_all(self) -> bool:
        """Whether all grants and all their examples are counted."""
        return not (self.of_grants or self.of_days)

    @property
    def sort(self) -> str:
        sort = self.query.get("sort", "")
        return sort if sort.removeprefix("-") in SORTS else "examples"

    @property
    def path(self) -> str:
        return self.branch.path if self.branch else ""

    def chosen(self, rows: list[CategoryCoverage]) -> list[CategoryCoverage]:
        """The rows in the order that is asked for."""
        words = self.query.get("q", "").casefold().split()
        facet, level, band = (self.query.get(name, "") for name in ("facet", "level", "band"))
        found = [
            row
            for row in rows
            if facet in ("", row.facet)
            and level in ("", str(row.level))
            and (band in ("", str(row.band)) or (band == THIN and row.is_thin))
            and row.codes.startswith(self.path)
            and all(word in " ".join([row.code, row.label, *row.path]).casefold() for word in words)
        ]
        found.sort(key=lambda row: row.code)
        key = SORTS[self.sort.removeprefix("-")]
        known = [row for row in found if key(row) is not None]
        known.sort(key=key, reverse=self.sort.startswith("-"))
        return known + [row for row in found if key(row) is None]

    @property
    def here(self) -> str:
        """The page's address without the part that is looked at, for one to be put behind it."""
        query = self.address(branch=None, facet=None, page=None, q=None)
        return f"{query}&" if len(query) > 1 else query

    def address(self, **changed: Any) -> str:
        """Of the page with some of it changed; None takes a thing off."""
        query = {**self.query, **changed}
        kept = {name: value for name, value in query.items() if value not in (None, "")}
        return "?" + urlencode(kept)


def asked(given) -> Asked:
    """From an address; names that are none of ours are passed over. Two queries at most."""
    texts = {name: given.get(name, "")[:200].replace("\0", "") for name in NAMES}
    query = {name: text for name, text in texts.items() if text}
    named = Category.objects.current().select_related("facet").filter(code=query.get("branch"))
    branch = named.first() if "branch" in query else None
    here = _parts(query, branch)
    faults = without_wrong_parts(query, lambda name, value: value in here[name])
    return Asked(query, branch, (*faults, *_without_wrong_days(query)))


def _parts(query: dict[str, str], branch: Category | None) -> dict[str, Collection[str]]:
    """What of the taxonomy can be asked for, by name."""
    facets: set[str] = set()
    levels: set[str] = set()
    if "facet" in query or "level" in query:
        pairs = Category.objects.active().order_by().values_list("facet__code", "level").distinct()
        for facet, level in pairs:
            facets.add(facet)
            levels.add(str(level))
    branches = {branch.code} if branch else set()
    return {"branch": branches, "facet": facets, "level": levels, "band": BANDS}


def _without_wrong_days(query: dict[str, str]) -> list[str]:
    """Take days off that cannot be meant; the sentences say which."""
    faults = []
    for name in OF_DAYS:
        if name in query and day_in(query[name]) is None:
            faults.append(
                f"“{query.pop(name)}” is no day, such as 2026-03-31: examples of all days count."
            )
    first, last = (query.get(name) for name in OF_DAYS)
    if first and last and first > last:
        for name in OF_DAYS:
            del query[name]
        faults.append(f"{last} is before {first}, where it begins: examples of all days count.")
    return faults
