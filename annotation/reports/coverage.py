"""How well labelled grants cover the taxonomy."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import FilteredRelation, Q, QuerySet

from annotation.models import Category, CategoryRollup, Grant, Sprint
from annotation.reports.category_figures import AuditCounts, Verdicts
from annotation.reports.coverage_of_grants import figures_of
from annotation.reports.given import ALWAYS, Days
from annotation.reports.merged import counts_for
from annotation.reports.pace import Hours, Pace, pace
from annotation.reports.sprint_pairs import sprint_examples
from annotation.reports.what_stands import decisions_that_stand, labels_that_stand

BANDS = (1, 5, 10, 50)
BAND_WORDS = ("0", "1–4", "5–9", "10–49", "50+")
ENOUGH = 10  # examples; with fewer a category is thin, on every page
VERDICTS = ("accepted", "rejected", "added", "left")
AUDITED = ("audit_right", "audit_ticked", "audit_hits")
COUNTED = (
    "examples", "of_pool", "with_below", "pending", "pending_of_pool", *VERDICTS, *AUDITED,
)  # fmt: skip
# Of a category: the rest is long texts, a thousand times.
READ = (
    "pk", "code", "label", "path", "ancestor_labels", "level", "target", "retired_at",
    "facet__code", "facet__label", "asked_for_by__username", "rollup__reviewed_at",
    "open_sprint__pk",
    *(f"rollup__{name}" for name in COUNTED),
)  # fmt: skip


@dataclass(frozen=True)
class CategoryCoverage:
    """One row of the coverage page; counts are grants."""

    code: str
    label: str
    path: list[str]
    level: int
    facet: str
    examples: int
    of_pool: int  # those of them that count towards the target: none of the audit stream
    with_below: int
    pending: int
    pending_of_pool: int  # of all grants whatever is asked for: what is chosen, is chosen by these
    target: int | None  # examples wanted
    asked_for_by: str  # a username; empty: by nobody
    codes: str = ""  # its path: SB02/SB0203/
    verdicts: Verdicts = field(default_factory=Verdicts)
    audit: AuditCounts = field(default_factory=AuditCounts)
    reviewed_at: datetime | None = None
    open_sprint: int | None = None  # its key
    hours: Hours | None = None  # until its target; None: it has none, or there is no pace

    @property
    def band(self) -> int:
        """0: no example, 1: 1 to 4, 2: 5 to 9, 3: 10 to 49, 4: 50 or more."""
        return sum(self.examples >= bound for bound in BANDS)

    @property
    def is_thin(self) -> bool:
        """By its own examples: what stands below it has rows of its own."""
        return self.examples < ENOUGH

    @property
    def is_short(self) -> bool:
        """Somebody set a target that it has not reached."""
        return self.target is not None and self.of_pool < self.target


@dataclass(frozen=True)
class FacetCoverage:
    code: str
    label: str
    rows: list[CategoryCoverage]


@dataclass(frozen=True)
class Coverage:
    facets: list[FacetCoverage]
    n_grants: int
    n_labelled: int
    pace: Pace | None  # of all grants alone

    @property
    def rows(self) -> list[CategoryCoverage]:
        return [row for facet in self.facets for row in facet.rows]


def example_grants(category: Category) -> set[int]:
    """Keys of the grants labelled with one category directly. Three queries."""
    decided = decisions_that_stand().filter(counts_for(category))
    decided_grants = decided.values_list("annotation__grant_id", flat=True)
    came = labels_that_stand().filter(counts_for(category)).values_list("grant_id", flat=True)
    said = {grant for grant, _ in sprint_examples(category)}
    return {*decided_grants, *came, *said}


def examples_of(category: Category) -> int:
    """Their number."""
    return len(example_grants(category))


def examples_by_category() -> dict[int, int]:
    """Number of grants labelled with each category directly, by its key; those that have any.

    As counted last: what a move, a merging or a release of categories changes comes with the count
    that it asks for (``CoverageNight.objects.asked()``), all else at once.
    """
    return _kept("examples")


def examples_for_choosing() -> dict[int, int]:
    """The same of the pool alone, as counted last: audit grants measure, and nothing is chosen by
    what they say.
    """
    return _kept("of_pool")


def _kept(figure: str) -> dict[int, int]:
    found = CategoryRollup.objects.filter(**{f"{figure}__gt": 0})
    return dict(found.values_list("category_id", figure))


def coverage(
    facet_code: str | None = None, found: QuerySet[Grant] | None = None, days: Days = ALWAYS
) -> Coverage:
    """Figures of every category in use, thinnest first, by facet. Four queries.

    Args:
        facet_code: of this facet alone.
        found: count these grants alone; what is not counted grant by grant is left out then.
        days: and the examples alone that were given within them.
    """
    # A category has one open sprint at most.
    sprint = FilteredRelation("sprints", condition=Q(sprints__status__in=Sprint.OPEN))
    categories = Category.objects.current().alias(open_sprint=sprint)
    stored = list(categories.order_by("facet__position", "facet__code").values(*READ))
    if found is None and days == ALWAYS:
        of_late, (n_grants, n_labelled) = pace(), _sizes()
    else:
        some = figures_of(found, {row["pk"]: row["path"] for row in stored}, days)
        of_late, n_grants, n_labelled = None, some.n_grants, some.n_labelled
        stored = [row | some.of(row["pk"]) for row in stored]
    facets: dict[str, FacetCoverage] = {}
    for row in stored:
        code = row["facet__code"]
        if row["retired_at"] is None and code == (facet_code or code):
            of = facets.setdefault(code, FacetCoverage(code, row["facet__label"], []))
            of.rows.append(_row(row, of_late))
    for of in facets.values():
        of.rows.sort(key=lambda r: (r.examples, -r.pending, r.code))
    return Coverage([*facets.values()], n_grants, n_labelled, of_late)


def _sizes() -> tuple[int, int]:
    """How many grants there are, and how many of them are labelled. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT COUNT(*) FROM annotation_grant),"
            " (SELECT COUNT(*) FROM annotation_grantrollup WHERE is_labelled)"
        )
        return cursor.fetchone()


def _row(row: dict[str, Any], of_late: Pace | None) -> CategoryCoverage:
    figures = {name: row[f"rollup__{name}"] or 0 for name in COUNTED}
    missing = (row["target"] or 0) - figures["of_pool"]
    has_hours = of_late is not None and row["target"] is not None
    return CategoryCoverage(
        code=row["code"],
        label=row["label"],
        path=row["ancestor_labels"],
        codes=row["path"],
        level=row["level"],
        facet=row["facet__code"],
        examples=figures["examples"],
        of_pool=figures["of_pool"],
        with_below=figures["with_below"],
        pending=figures["pending"],
        pending_of_pool=figures["pending_of_pool"],
        target=row["target"],
        asked_for_by=row["asked_for_by__username"] or "",
        verdicts=Verdicts(*(figures[name] for name in VERDICTS)),
        audit=AuditCounts(*(figures[name] for name in AUDITED)),
        reviewed_at=row["rollup__reviewed_at"],
        open_sprint=row["open_sprint__pk"],
        hours=of_late.hours_to(missing, row["pk"]) if of_late and has_hours else None,
    )
