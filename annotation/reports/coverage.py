"""How well labelled grants cover the taxonomy."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count

from annotation.models import Category, Facet, Grant, Suggestion
from annotation.reports.merged import counted, counts_for
from annotation.reports.sprint_pairs import sprint_pairs
from annotation.reports.what_stands import decisions_that_stand, labels_that_stand

BANDS = (1, 5, 10, 50)


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


def labelled_pairs() -> dict[tuple[int, int], bool]:
    """(grant, category) pairs that a person stands behind, whoever it was. Three queries.

    Of each whether the grant is of the pool; sprints never ask for audit grants.
    """
    decided = decisions_that_stand().values_list(
        "annotation__grant_id", counted(), "annotation__grant__stream"
    )
    came = labels_that_stand().values_list("grant_id", counted(), "grant__stream")
    found = {pair: True for pair, fits in sprint_pairs().items() if fits}
    for rows in (decided, came):
        for grant, category, stream in rows.iterator():
            found[grant, category] = stream == Grant.Stream.POOL
    return found


def example_grants(category: Category) -> set[int]:
    """Keys of the grants labelled with one category directly. Three queries."""
    decided = decisions_that_stand().filter(counts_for(category))
    decided_grants = decided.values_list("annotation__grant_id", flat=True)
    came = labels_that_stand().filter(counts_for(category)).values_list("grant_id", flat=True)
    said = {grant for (grant, _), fits in sprint_pairs(category).items() if fits}
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


def coverage(facet_code: str | None = None) -> Coverage:
    """Examples of every category in use, thinnest first, by facet. Eight queries."""
    categories = list(Category.objects.active().select_related("facet", "asked_for_by"))
    by_path = {c.path: c.pk for c in Category.objects.current()}
    lines = {pk: _line(path, by_path) for path, pk in by_path.items()}
    pairs = labelled_pairs()
    direct: dict[int, int] = defaultdict(int)
    of_pool: dict[int, int] = defaultdict(int)
    below: dict[int, set[int]] = defaultdict(set)
    for (grant, category), is_of_pool in pairs.items():
        direct[category] += 1
        of_pool[category] += is_of_pool
        for ancestor in lines.get(category, ()):
            below[ancestor].add(grant)
    pending = dict(
        Suggestion.objects.of_last_readers()
        .filter(is_ticked=True, grant__queue_item__is_open=True)
        .values_list("category")
        .annotate(n=Count("pk"))
    )
    rows: dict[int, list[CategoryCoverage]] = defaultdict(list)
    for c in categories:
        rows[c.facet_id].append(
            CategoryCoverage(
                code=c.code,
                label=c.label,
                path=c.ancestor_labels,
                level=c.level,
                facet=c.facet.code,
                examples=direct[c.pk],
                of_pool=of_pool[c.pk],
                with_below=len(below[c.pk]),
                pending=pending.get(c.pk, 0),
                target=c.target,
                asked_for_by=c.asked_for_by.username if c.asked_for_by else "",
            )
        )
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
        n_grants=Grant.objects.count(),
        n_labelled=len({grant for grant, _ in pairs}),
    )


def _line(path: str, by_path: dict[str, int]) -> list[int]:
    """Keys of the category and all its ancestors."""
    parts = path.split("/")[:-1]
    prefixes = ("/".join(parts[:n]) + "/" for n in range(1, len(parts) + 1))
    return [by_path[prefix] for prefix in prefixes if prefix in by_path]
