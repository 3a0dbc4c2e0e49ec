"""Sprints: which are open, how far one is, what comes next, and what they have said."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import BooleanField, Count, Exists, OuterRef, QuerySet, Value
from django.db.models.expressions import Case, When

from annotation.models import (
    Category,
    Grant,
    Outcome,
    Sprint,
    SprintDecision,
    SprintGrant,
    User,
)
from annotation.reports.coverage import examples_of


@dataclass(frozen=True)
class SprintRow:
    """One line of the list."""

    sprint: Sprint
    n_grants: int
    n_decided: int
    n_yes: int


@dataclass(frozen=True)
class Standing:
    """How far a sprint is. ``n_examples``: of the category, whoever gave them."""

    n_grants: int
    yes: int
    no: int
    unsure: int
    seconds_each: float | None
    n_examples: int
    yes_by_source: dict[str, tuple[int, int]]

    @property
    def n_decided(self) -> int:
        return self.yes + self.no + self.unsure

    @property
    def seconds_left(self) -> float | None:
        if self.seconds_each is None:
            return None
        return self.seconds_each * (self.n_grants - self.n_decided)


def sprint_rows(n: int = 50) -> list[SprintRow]:
    """The newest sprints, open ones first. Four queries."""
    is_open = Case(
        When(status__in=Sprint.OPEN, then=Value(True)),
        default=Value(False),
        output_field=BooleanField(),
    )
    found = list(
        Sprint.objects.select_related("category__facet", "started_by").order_by(
            is_open.desc(), "-pk"
        )[:n]
    )
    asked = SprintGrant.objects.filter(sprint__in=found)
    decided = asked.exclude(pk__in=asked.undecided())
    fits = SprintDecision.objects.current().filter(verdict=SprintDecision.Verdict.YES)
    n_grants, n_decided, n_yes = (
        _by_sprint(rows) for rows in (asked, decided, asked.filter(decisions__in=fits))
    )
    return [SprintRow(s, n_grants[s.pk], n_decided[s.pk], n_yes[s.pk]) for s in found]


def _by_sprint(rows: QuerySet[SprintGrant]) -> Counter[int]:
    counts = rows.order_by().values_list("sprint").annotate(n=Count("grant", distinct=True))
    return Counter(dict(counts))


def next_grant(sprint: Sprint, annotator: User) -> SprintGrant | None:
    """The first grant that nobody has decided, and that may still be asked about.

    Since the sprint was filled its facet may have been annotated, which says more, or the grant
    may have become one to be decided blind. Two people at once begin at different ends, so they
    seldom read the same one.
    """
    undecided = SprintGrant.objects.undecided().filter(sprint=sprint).select_related("grant")
    undecided = undecided.filter(grant__in=sprintable(sprint.category))
    first = sprint.started_by_id == annotator.pk or annotator.pk % 2 == 0
    return undecided.order_by("position" if first else "-position").first()


def standing(sprint: Sprint) -> Standing:
    """Counts of a sprint. Four queries."""
    decisions = SprintDecision.objects.current().filter(sprint_grant__sprint=sprint)
    rows = list(
        decisions.order_by("pk").values_list(
            "sprint_grant_id", "sprint_grant__source", "verdict", "seconds"
        )
    )
    # The newest word on a grant counts where two people have spoken.
    last = {grant: (source, verdict) for grant, source, verdict, _ in rows}
    verdicts = Counter(verdict for _, verdict in last.values())
    active = [seconds for *_, seconds in rows if seconds]
    by_source = {
        source: (
            sum(1 for s, verdict in last.values() if s == source and verdict == "yes"),
            sum(1 for s, _ in last.values() if s == source),
        )
        for source in dict.fromkeys(source for source, _ in last.values())
    }
    return Standing(
        n_grants=SprintGrant.objects.filter(sprint=sprint).count(),
        yes=verdicts["yes"],
        no=verdicts["no"],
        unsure=verdicts["unsure"],
        seconds_each=sum(active) / len(active) if active else None,
        n_examples=examples_of(sprint.category),
        yes_by_source=by_source,
    )


def sprintable(category: Category) -> QuerySet[Grant]:
    """Waiting grants of the pool that nobody has decided this category for. Never audit grants."""
    of_sprints = SprintDecision.objects.current().filter(sprint_grant__grant=OuterRef("pk"))
    asked = of_sprints.filter(sprint_grant__sprint__category=category)
    # What was merged into it has spoken for it where it said yes.
    given = of_sprints.filter(
        sprint_grant__sprint__category__merged_into=category,
        verdict=SprintDecision.Verdict.YES,
    )
    answered = Outcome.objects.filter(
        annotation__grant=OuterRef("pk"),
        annotation__superseded_by=None,
        annotation__is_withdrawal=False,
        facet=category.facet_id,
    )
    # Nor a control that somebody still has to decide without suggestions.
    pool = Grant.objects.pool().filter(queue_item__is_blind=False)
    pool = pool.exclude(title="", description="")
    return pool.filter(~Exists(asked), ~Exists(given), ~Exists(answered)).order_by("pk")
