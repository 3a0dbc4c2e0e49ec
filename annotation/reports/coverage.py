"""How well labelled grants cover the taxonomy."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import QuerySet

from annotation.models import Category, CategoryRollup, Facet, Grant, GrantRollup
from annotation.reports.category_figures import AuditCounts, Verdicts
from annotation.reports.merged import counted, counts_for
from annotation.reports.pace import Hours, Pace, pace
from annotation.reports.rollup_truth import closure, lines_of
from annotation.reports.sprint_pairs import sprint_examples
from annotation.reports.what_stands import decisions_that_stand, labels_that_stand

BANDS = (1, 5, 10, 50)
# Of a category: the rest is long texts, a thousand times.
SHOWN = (
    "code", "label", "path", "ancestor_labels", "level", "target", "facet__code",
    "asked_for_by__username",
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
    target: int | None  # examples wanted
    asked_for_by: str  # a username; empty: by nobody
    codes: str = ""  # its path: SB02/SB0203/
    verdicts: Verdicts = field(default_factory=Verdicts)
    audit: AuditCounts = field(default_factory=AuditCounts)
    reviewed_at: datetime | None = None
    hours: Hours | None = None  # until its target; None: it has none, or there is no pace

    @property
    def band(self) -> int:
        """0: no example, 1: under 5, 2: under 10, 3: under 50, 4: 50 or more."""
        return sum(self.examples >= bound for bound in BANDS)


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
    pace: Pace

    @property
    def rows(self) -> list[CategoryCoverage]:
        return [row for facet in self.facets for row in facet.rows]


def labelled_pairs() -> dict[tuple[int, int], bool]:
    """(grant, category) pairs that a person stands behind, whoever it was. Three queries.

    Of each whether the grant is of the pool; sprints never ask for audit grants.
    """
    decided = decisions_that_stand().values_list(
        "annotation__grant_id", counted(), "annotation__grant__stream"
    )
    came = labels_that_stand().values_list("grant_id", counted(), "grant__stream")
    found = dict.fromkeys(sprint_examples(), True)
    for rows in (decided, came):
        for grant, category, stream in rows.iterator():
            found[grant, category] = stream == Grant.Stream.POOL
    return found


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
    """Number of grants labelled with each category directly, by its key."""
    return _counted(category for _, category in labelled_pairs())


def examples_for_choosing() -> dict[int, int]:
    """The same of the pool alone: audit grants measure, and nothing is chosen by what they say."""
    pairs = labelled_pairs().items()
    return _counted(category for (_, category), is_of_pool in pairs if is_of_pool)


def _counted(categories: Iterable[int]) -> dict[int, int]:
    counts: dict[int, int] = defaultdict(int)
    for category in categories:
        counts[category] += 1
    return counts


def coverage(facet_code: str | None = None, found: QuerySet[Grant] | None = None) -> Coverage:
    """Figures of every category in use, thinnest first, by facet. Seven queries.

    Args:
        facet_code: of this facet alone.
        found: count these grants alone; what is not counted grant by grant is left out then.
    """
    categories = Category.objects.active().select_related("facet", "asked_for_by").only(*SHOWN)
    rollups = {row.pk: row for row in CategoryRollup.objects.all()}
    n_labelled = _n_labelled(found)
    if found is not None:
        rollups = _of_grants(found)
    of_late = pace()
    rows: dict[int, list[CategoryCoverage]] = defaultdict(list)
    for c in categories:
        figures = rollups.get(c.pk) or CategoryRollup(category=c)
        rows[c.facet_id].append(_row(c, figures, of_late, is_of_all=found is None))
    facets = Facet.objects.current()
    if facet_code:
        facets = facets.filter(code=facet_code)
    return Coverage(
        facets=[
            FacetCoverage(
                f.code, f.label, sorted(rows[f.pk], key=lambda r: (r.examples, -r.pending, r.code))
            )
            for f in facets
        ],
        n_grants=(Grant.objects.all() if found is None else found).count(),
        n_labelled=n_labelled,
        pace=of_late,
    )


def _n_labelled(found: QuerySet[Grant] | None) -> int:
    labelled = GrantRollup.objects.filter(is_labelled=True)
    return (labelled if found is None else labelled.filter(grant__in=found)).count()


def _row(
    category: Category, figures: CategoryRollup, of_late: Pace, *, is_of_all: bool
) -> CategoryCoverage:
    missing = (category.target or 0) - figures.of_pool
    return CategoryCoverage(
        code=category.code,
        label=category.label,
        path=category.ancestor_labels,
        codes=category.path,
        level=category.level,
        facet=category.facet.code,
        examples=figures.examples,
        of_pool=figures.of_pool,
        with_below=figures.with_below,
        pending=figures.pending,
        target=category.target,
        asked_for_by=category.asked_for_by.username if category.asked_for_by else "",
        verdicts=Verdicts(figures.accepted, figures.rejected, figures.added, figures.left),
        audit=AuditCounts(figures.audit_right, figures.audit_ticked, figures.audit_hits),
        reviewed_at=figures.reviewed_at,
        hours=of_late.hours_to(missing, category.pk) if is_of_all and category.target else None,
    )


def _of_grants(found: QuerySet[Grant]) -> dict[int, CategoryRollup]:
    """Rollups as they would be if there were no other grants. Three queries."""
    rows = GrantRollup.objects.filter(grant__in=found)
    counted = list(rows.values_list("examples", "pending", "grant__stream"))
    lines = lines_of({category for examples, _, _ in counted for category in examples})
    figures: dict[int, CategoryRollup] = {}

    def add(category: int, name: str, n: int = 1) -> None:
        row = figures.setdefault(category, CategoryRollup(pk=category))
        setattr(row, name, getattr(row, name) + n)

    for examples, pending, stream in counted:
        for category in pending:
            add(category, "pending")
        for category in examples:
            add(category, "examples")
            add(category, "of_pool", stream == Grant.Stream.POOL)
        for category in closure(examples, lines):
            add(category, "with_below")
    return figures
