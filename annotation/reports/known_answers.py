"""Which grants of the pool a category was given to, and which it was not, as the training counts.

Grants of the audit stream are never looked at here: whoever writes a rule while reading them would
make every later figure flatter.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Q, QuerySet

from annotation.models import Annotation, Category, Decision, FacetRuling, Grant, Label, Outcome
from annotation.models.site_settings import TEXT_FIELDS
from annotation.reports.merged import counted, counts_for
from annotation.reports.sprint_pairs import sprint_pairs

POSITIVE = (Decision.Verdict.ACCEPTED, Decision.Verdict.ADDED)
ANSWERED = (Outcome.Value.LABELLED, Outcome.Value.NONE_FITS, Outcome.Value.GENERAL_PUBLIC)
# What a rule's preview needs of a grant; the rest of the columns would take most of its time.
TEXT_AND_BATCH = {
    *("reference", "title", "stream", "programme", "funder_name", "import_run_id"),
    *TEXT_FIELDS,
}
RULED = ("adjudication__grant_id", "value")
SOURCES = (Label.Source.IMPORTED, Label.Source.ADJUDICATED)


@dataclass(frozen=True)
class Sample:
    """Grants of one kind: ``n_total`` there are, these were read; ``answers`` by grant."""

    grants: list[Grant]
    answers: dict[int, bool]
    n_total: int

    @property
    def weight(self) -> float:
        """How many grants each one that was read stands for, 1 or more."""
        return self.n_total / len(self.grants) if self.grants else 1.0


def known_answers(category: Category, most_with: int, most_without: int) -> tuple[Sample, Sample]:
    """Grants that anybody gave the category, and others that are known not to have it.

    Of more than ``most_with`` and ``most_without`` some are read, evenly spread.
    """
    pool = Grant.objects.filter(stream=Grant.Stream.POOL).exclude(title="", description="")
    given, asked = _given(category), _asked(category)
    return (
        _sample(category, pool.filter(given), most_with),
        _sample(category, pool.filter(asked).exclude(given), most_without),
    )


def _decisions() -> QuerySet[Decision]:
    # What people said by themselves, as the training has it: no revision of a blind annotation.
    return Decision.objects.filter(
        annotation__superseded_by=None,
        annotation__is_withdrawal=False,
        annotation__revises=None,
    )


def _outcomes(category: Category) -> QuerySet[Outcome]:
    return Outcome.objects.filter(
        facet=category.facet_id,
        annotation__superseded_by=None,
        annotation__is_withdrawal=False,
        annotation__revises=None,
    )


def _given(category: Category) -> Q:
    said = _decisions().filter(counts_for(category), verdict__in=POSITIVE)
    came = Label.objects.filter(counts_for(category), source__in=SOURCES)
    asked = {grant for (grant, _), fits in sprint_pairs(category).items() if fits}
    return (
        Q(pk__in=said.values("annotation__grant_id"))
        | Q(pk__in=came.values("grant_id"))
        | Q(pk__in=asked)
    )


def _asked(category: Category) -> Q:
    refused = _decisions().filter(category=category, verdict=Decision.Verdict.REJECTED)
    answered = _outcomes(category).filter(value__in=ANSWERED)
    came = _labels(category).filter(source__in=SOURCES)
    return (
        Q(pk__in=answered.values("annotation__grant_id"))
        | Q(pk__in=refused.values("annotation__grant_id"))
        | Q(pk__in=came.values("grant_id"))
        | Q(pk__in=_rulings(category).values("adjudication__grant_id"))
        | Q(pk__in={grant for grant, _ in sprint_pairs(category)})
    )


def _labels(category: Category) -> QuerySet[Label]:
    """Those of its facet that name what is offered, or what became one that is."""
    became = Q(category__merged_into__isnull=False, category__merged_into__retired_at=None)
    return Label.objects.filter(
        became | Q(category__retired_at=None), category__facet=category.facet_id
    )


def _sample(category: Category, grants: QuerySet[Grant], most: int) -> Sample:
    # Keys first: sorting or skipping whole rows would read every text there is.
    keys = list(grants.order_by("pk").values_list("pk", flat=True))
    drawn = spread(keys, most)
    answers = answers_of(category, drawn)
    return Sample(read_grants(pk for pk in drawn if pk in answers), answers, len(keys))


def spread(keys: Sequence[int], most: int) -> list[int]:
    """At most so many of them, evenly spread, and the same ones every time."""
    n = min(most, len(keys))
    return [keys[number * len(keys) // n] for number in range(n)]


def read_grants(keys: Iterable[int]) -> list[Grant]:
    """Grants with what a preview needs of them."""
    return list(Grant.objects.only(*TEXT_AND_BATCH).filter(pk__in=list(keys)).order_by("pk"))


def answers_of(category: Category, grants: Collection[int]) -> dict[int, bool]:
    """Grant -> whether it has the category: adjudicated, else what at least half of those say who
    said anything, else what its file said. Grants that nobody answered are left out.
    """
    votes: dict[int, list[bool]] = defaultdict(list)
    for grant, vote in _votes(category, grants):
        votes[grant].append(vote)
    labelled = {source: _labelled(category, source, grants) for source in SOURCES}
    consensus = {grant: 2 * sum(cast) >= len(cast) for grant, cast in votes.items()}
    # Whoever found too little text silences the file as well.
    unreadable = set(
        _outcomes(category)
        .filter(value=Outcome.Value.NOT_ENOUGH_TEXT, annotation__grant__in=grants)
        .values_list("annotation__grant_id", flat=True)
    )
    imported = {g: a for g, a in labelled[Label.Source.IMPORTED].items() if g not in unreadable}
    asked = {grant: fits for (grant, _), fits in sprint_pairs(category).items() if grant in grants}
    rulings = dict(_rulings(category).filter(adjudication__grant__in=grants).values_list(*RULED))
    ruled = {grant: False for grant, value in rulings.items() if value in ANSWERED}
    found = imported | asked | consensus | ruled | labelled[Label.Source.ADJUDICATED]
    taught = _taught(grants)
    return {
        grant: answer
        for grant, answer in found.items()
        if rulings.get(grant) != Outcome.Value.NOT_ENOUGH_TEXT and grant in taught
    }


def _taught(grants: Collection[int]) -> set[int]:
    """Those whose text is fit to be learned from."""
    untaught = set(settings.CLASSIE_UNTAUGHT_FLAGS)
    flags = Grant.objects.filter(pk__in=grants).values_list("pk", "quality_flags")
    return {pk for pk, of_grant in flags if untaught.isdisjoint(of_grant)}


def _rulings(category: Category) -> QuerySet[FacetRuling]:
    return FacetRuling.objects.filter(facet=category.facet_id, adjudication__superseded_by=None)


def _votes(category: Category, grants: Collection[int]) -> list[tuple[int, bool]]:
    columns = ("annotation_id", "annotation__grant_id")
    outcomes = {
        annotation: (grant, value)
        for annotation, grant, value in _outcomes(category)
        .filter(annotation__grant__in=grants)
        .values_list(*columns, "value")
    }
    # A yes follows a merged category, and stands before a no to the other one.
    mine = Q(category=category) | (counts_for(category) & Q(verdict__in=POSITIVE))
    verdicts: dict[int, tuple[int, str]] = {}
    decided = _decisions().filter(mine, annotation__grant__in=grants)
    for annotation, grant, verdict in decided.values_list(*columns, "verdict"):
        if annotation not in verdicts or verdict in POSITIVE:
            verdicts[annotation] = (grant, verdict)
    votes = []
    for annotation in outcomes.keys() | verdicts.keys():
        grant, outcome = outcomes.get(annotation, (0, ""))
        grant, verdict = verdicts.get(annotation, (grant, ""))
        if outcome == Outcome.Value.NOT_ENOUGH_TEXT:
            continue
        if verdict in POSITIVE:
            votes.append((grant, True))
        elif verdict == Decision.Verdict.REJECTED or outcome in ANSWERED:
            votes.append((grant, False))
    return votes


def _labelled(category: Category, source: str, grants: Collection[int]) -> dict[int, bool]:
    """A facet with a label of a source is answered by it."""
    found: dict[int, bool] = {}
    labels = _labels(category).filter(source=source, grant__in=grants)
    for grant, given in labels.values_list("grant_id", counted()):
        found[grant] = found.get(grant, False) or given == category.pk
    return found


def ticks_seen(category: Category) -> tuple[int, int, int]:
    """How often the category was ticked when people saw it, was right so, and was given at all.

    Counts annotations that stand, made with suggestions in view, on grants of the pool. Each
    suggestion was made before the answer, so no version is measured on what it had learned. One
    query.
    """
    rows = (
        _decisions()
        .filter(
            category=category,
            annotation__is_blind=False,
            annotation__model_version__isnull=False,
            annotation__grant__stream=Grant.Stream.POOL,
        )
        .exclude(annotation__in=_silent(category))
        .values_list("verdict", "was_ticked")
    )
    ticked = right = given = 0
    for verdict, was_ticked in rows.iterator():
        ticked += bool(was_ticked)
        right += bool(was_ticked) and verdict == Decision.Verdict.ACCEPTED
        given += verdict in POSITIVE
    return ticked, right, given


def _silent(category: Category) -> QuerySet[Annotation]:
    return Annotation.objects.filter(
        outcomes__facet=category.facet_id, outcomes__value=Outcome.Value.NOT_ENOUGH_TEXT
    )
