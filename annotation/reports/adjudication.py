"""Grants whose annotators differ: which wait, and one of them side by side."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, islice
from statistics import fmean

from django.db.models import Count, Exists, OuterRef, Q

from annotation.models import Adjudication, Annotation, Category, Decision, Facet, Grant, Outcome
from annotation.reports.tree_distance import overlap, relation, steps

POSITIVE = {Decision.Verdict.ACCEPTED, Decision.Verdict.ADDED}
CHUNK = 100
COUNTED = 200


@dataclass(frozen=True)
class Voice:
    """What one annotator says: categories by facet key, and outcomes by facet key."""

    annotation: Annotation
    chosen: dict[int, list[Category]]
    outcomes: dict[int, str]

    @property
    def categories(self) -> list[Category]:
        return [c for chosen in self.chosen.values() for c in chosen]

    def says(self, category: Category) -> str:
        """chosen; not chosen; or silent where they did not answer the facet."""
        if category in self.chosen.get(category.facet_id, []):
            return "chosen"
        return "not chosen" if category.facet_id in self.outcomes else "silent"


@dataclass(frozen=True)
class Row:
    """One category that somebody chose. ``is_in``: None while nobody has decided."""

    category: Category
    says: list[str]
    near: str
    is_in: bool | None
    is_disputed: bool


@dataclass(frozen=True)
class FacetCase:
    """One facet. ``outcome``: what it holds if nothing is in, where that is known already."""

    facet: Facet
    rows: list[Row]
    outcomes: list[str]
    outcome: str

    @property
    def is_open(self) -> bool:
        """Somebody said of the facet as a whole what it holds instead of a category."""
        return any(value not in ("", Outcome.Value.LABELLED) for value in self.outcomes)


@dataclass(frozen=True)
class Case:
    """One grant with its voices. ``agreement``: mean overlap of any two, 0 to 1."""

    grant: Grant
    voices: list[Voice]
    facets: list[FacetCase]
    agreement: float
    adjudication: Adjudication | None

    @property
    def n_disputed(self) -> int:
        return sum(row.is_disputed for facet in self.facets for row in facet.rows)


def n_waiting() -> int:
    """How many grants wait for adjudication, counted up to 200."""
    return sum(1 for _ in islice(_differing(after=0), COUNTED))


def next_case(after: int = 0) -> int | None:
    """Key of the next grant whose annotators differ, oldest first, round to the start."""
    return next(_differing(after), None) or next(_differing(0), None)


def case(grant: Grant) -> Case | None:
    """One grant side by side; None where fewer than two annotations stand."""
    voices = _voices([grant.pk]).get(grant.pk, [])
    if len(voices) < 2:
        return None
    stands = (
        Adjudication.objects.current()
        .filter(grant=grant)
        .select_related("adjudicator")
        .prefetch_related("rulings", "facet_rulings")
        .first()
    )
    rulings = {r.category_id: r.is_in for r in stands.rulings.all()} if stands else {}
    ruled = {r.facet_id: r.value for r in stands.facet_rulings.all()} if stands else {}
    facets = [
        FacetCase(
            facet,
            rows=[_row(c, voices, rulings) for c in _named(facet, voices)],
            outcomes=[voice.outcomes.get(facet.pk, "") for voice in voices],
            outcome=ruled.get(facet.pk) or _agreed(facet, voices),
        )
        for facet in Facet.objects.current()
        if any(facet.pk in voice.outcomes for voice in voices)
    ]
    pairs = combinations([voice.categories for voice in voices], 2)
    return Case(grant, voices, facets, fmean(overlap(a, b) for a, b in pairs), stands)


def differ(voices: list[Voice]) -> bool:
    """Whether any two who answered one facet say different things of it."""
    return any(_differ(a, b) for a, b in combinations(voices, 2))


def _differ(a: Voice, b: Voice) -> bool:
    return any(
        a.outcomes[facet] != b.outcomes[facet]
        or set(a.chosen.get(facet, ())) != set(b.chosen.get(facet, ()))
        for facet in a.outcomes.keys() & b.outcomes.keys()
    )


def differing_with_people() -> Iterator[list[int]]:
    """The annotators of each grant that waits for adjudication: reads all of them, for workers."""
    for _, voices in _differing_voices(after=0):
        yield [voice.annotation.annotator_id for voice in voices]


def _differing(after: int) -> Iterator[int]:
    """Keys of grants whose annotators differ and whom nobody has adjudicated since."""
    return (pk for pk, _ in _differing_voices(after))


def _differing_voices(after: int) -> Iterator[tuple[int, list[Voice]]]:
    current = Annotation.objects.current().filter(taxonomy_release__taxonomy__is_current=True)
    judged = Adjudication.objects.current().filter(grant=OuterRef("grant"))
    newer = ~Exists(judged.filter(annotations=OuterRef("pk")))
    while True:
        found = (
            current.filter(grant__gt=after)
            .values("grant")
            .annotate(n=Count("pk"), n_new=Count("pk", filter=newer))
            .filter(Q(n__gte=2), n_new__gt=0)
            .order_by("grant")
        )
        keys = [row["grant"] for row in found[:CHUNK]]
        voices = _voices(keys)
        yield from ((pk, voices[pk]) for pk in keys if differ(voices[pk]))
        if len(keys) < CHUNK:
            return
        after = keys[-1]


def _voices(grants: list[int]) -> dict[int, list[Voice]]:
    annotations = (
        Annotation.objects.current()
        .filter(grant__in=grants, taxonomy_release__taxonomy__is_current=True)
        .select_related("annotator")
        .prefetch_related("outcomes", "decisions__category")
        .order_by("pk")
    )
    found: dict[int, list[Voice]] = {}
    for annotation in annotations:
        chosen: dict[int, list[Category]] = {}
        for decision in annotation.decisions.all():
            if decision.verdict in POSITIVE:
                chosen.setdefault(decision.category.facet_id, []).append(decision.category)
        outcomes = {outcome.facet_id: outcome.value for outcome in annotation.outcomes.all()}
        found.setdefault(annotation.grant_id, []).append(Voice(annotation, chosen, outcomes))
    return found


def _named(facet: Facet, voices: list[Voice]) -> list[Category]:
    named = {c.pk: c for voice in voices for c in voice.chosen.get(facet.pk, ())}
    return sorted(named.values(), key=lambda c: (c.position, c.code))


def _row(category: Category, voices: list[Voice], rulings: dict[int, bool]) -> Row:
    says = [voice.says(category) for voice in voices]
    is_disputed = "not chosen" in says
    return Row(
        category=category,
        says=says,
        near=_near(category, voices) if is_disputed else "",
        is_in=rulings.get(category.pk, None if is_disputed else True),
        is_disputed=is_disputed,
    )


def _near(category: Category, voices: list[Voice]) -> str:
    """The nearest that those chose who did not choose this one."""
    others = [
        other
        for voice in voices
        if voice.says(category) == "not chosen"
        for other in voice.chosen.get(category.facet_id, ())
    ]
    if not others:
        return ""
    nearest = min(others, key=lambda other: (steps(category, other), other.code))
    return f"{relation(category, nearest)} {nearest.label}"


def _agreed(facet: Facet, voices: list[Voice]) -> str:
    """The one outcome that all gave who chose nothing, else nothing."""
    given = {voice.outcomes.get(facet.pk) for voice in voices} - {None, Outcome.Value.LABELLED}
    return str(given.pop()) if len(given) == 1 else ""
