"""What people said of each grant, one answer a category: adjudicated, else agreed, else imported.

Only true negatives count as such. A facet says no to what was not chosen there only if somebody
answered it; "not enough text" says nothing at all, and an unanswered facet nothing but its
explicit rejections.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from django.db.models import QuerySet

from annotation.models import (
    Adjudication,
    Annotation,
    Decision,
    FacetRuling,
    Label,
    Outcome,
    QueueItem,
    SprintGrant,
)
from annotation.reports.sprint_pairs import sprint_answers
from classifier.answered import Span, between

POSITIVE = {Decision.Verdict.ACCEPTED, Decision.Verdict.ADDED}
ANSWERS_THE_FACET = {
    Outcome.Value.LABELLED,
    Outcome.Value.NONE_FITS,
    Outcome.Value.GENERAL_PUBLIC,
}
Said = tuple[bool, float]  # yes or no, and how much it counts, above 0 to 1
Answer = dict[int, Said]  # category -> what was said of it
AGAIN = {QueueItem.Stream.OVERLAP, QueueItem.Stream.RECHECK}
SPRINT = "sprint"  # as a stream: chosen by a strategy, so no random one
GIVEN: Said = (True, 1.0)
# How sure it is that a no was meant. A rejection was given to this very category, and a file or
# an adjudication names all that it means. What nobody was shown is nearly always a no. What was
# shown and left was among the likeliest, and may have been overlooked.
REJECTED: Said = (False, 1.0)
NOT_NAMED: Said = (False, 1.0)
UNSEEN: Said = (False, 0.9)
LEFT: Said = (False, 0.5)


@dataclass(frozen=True)
class Answers:
    """Of all grants of a stream, by grant, with where they come from."""

    of_grants: dict[int, Answer]
    streams: dict[int, str]  # how the queue had chosen a grant that was annotated
    annotations: dict[int, int]  # annotations that were read, and the grant of each
    labels: dict[int, int]  # likewise
    adjudications: dict[int, int]
    sprint_decisions: dict[int, int]


def read_answers(
    stream: str,
    facet_of: Mapping[int, int],
    merged: Mapping[int, int],
    within: Span | None = None,
) -> Answers:
    """The answers of a stream; what was annotated counts once however many annotated it.

    Args:
        stream: of the grants.
        facet_of: the facet of every category offered, both by key.
        merged: for a retired category the one that it became.
        within: of the grants between these keys alone, themselves among them.
    """
    votes: dict[int, list[Answer]] = defaultdict(list)
    unreadable: dict[int, set[int]] = defaultdict(set)
    streams: dict[int, str] = {}
    annotations: dict[int, int] = {}
    for annotation in _annotations(stream, within):
        answer, silent = _answer(annotation, facet_of, merged)
        unreadable[annotation.grant_id] |= silent
        if answer:
            votes[annotation.grant_id].append(answer)
            annotations[annotation.pk] = annotation.grant_id
            # How it was chosen is said by who had it first; a second reading changes nothing.
            if annotation.stream in AGAIN:
                streams.setdefault(annotation.grant_id, annotation.stream)
            else:
                streams[annotation.grant_id] = annotation.stream
    agreed = {grant: _consensus(cast) for grant, cast in votes.items()}
    labels = Label.objects.filter(
        between("grant", within), grant__stream=stream, category__in=[*facet_of, *merged]
    )
    files, judges = labels.filter(source="imported"), labels.filter(source="adjudicated")
    imported, of_files = _labels(files, facet_of, merged, unreadable)
    adjudicated, of_judges = _labels(judges, facet_of, merged, {})
    sprints, of_sprints = _of_sprints(stream, facet_of, merged, within)
    found: dict[int, Answer] = {}
    # Facet by facet the later one stands.
    for layer in (imported, sprints, agreed, _emptied(stream, facet_of, within), adjudicated):
        for grant, answer in layer.items():
            found.setdefault(grant, {}).update(answer)
    for grant, facet in _unreadable(stream, within):
        answer = found.get(grant, {})
        found[grant] = {pk: said for pk, said in answer.items() if facet_of[pk] != facet}
    for grant in sprints:  # whatever stream it was annotated from: here speaks the strategy, too
        streams[grant] = SPRINT
    found = {grant: answer for grant, answer in found.items() if answer}
    rulings = _adjudications(stream, within)
    return Answers(found, streams, annotations, of_files | of_judges, rulings, of_sprints)


def _annotations(stream: str, within: Span | None) -> Iterator[Annotation]:
    return (
        Annotation.objects.current()
        .filter(between("grant", within), grant__stream=stream)
        .prefetch_related("outcomes", "decisions")
        .order_by("pk")
        .iterator(chunk_size=2_000)
    )


def _answer(
    annotation: Annotation, facet_of: Mapping[int, int], merged: Mapping[int, int]
) -> tuple[Answer, set[int]]:
    """What one annotation says, and the facets for which it found too little text."""
    outcomes = {outcome.facet_id: outcome.value for outcome in annotation.outcomes.all()}
    answered = {facet for facet, value in outcomes.items() if value in ANSWERS_THE_FACET}
    silent = {f for f, value in outcomes.items() if value == Outcome.Value.NOT_ENOUGH_TEXT}
    answer = {pk: UNSEEN for pk, facet in facet_of.items() if facet in answered}
    chosen = {}
    for decision in annotation.decisions.all():
        pk = decision.category_id
        if decision.verdict in POSITIVE:
            pk = merged.get(pk, pk)
        facet = facet_of.get(pk)
        if facet is None or facet in silent:
            continue
        if decision.verdict in POSITIVE:
            chosen[pk] = GIVEN
        elif decision.verdict == Decision.Verdict.REJECTED:
            answer[pk] = REJECTED
        elif facet in answered:
            answer[pk] = LEFT
    return answer | chosen, silent


def _consensus(cast: list[Answer]) -> Answer:
    """Yes where at least half of those who said anything said yes.

    The weight is that of one annotator, less for every voice against it.
    """
    if len(cast) == 1:
        return cast[0]
    said: dict[int, list[Said]] = defaultdict(list)
    for answer in cast:
        for pk, voice in answer.items():
            said[pk].append(voice)
    agreed = {}
    for pk, voices in said.items():
        yes = 2 * sum(voice for voice, _ in voices) >= len(voices)
        agreed[pk] = (yes, sum(w for voice, w in voices if voice == yes) / len(voices))
    return agreed


def _labels(
    labels: QuerySet[Label],
    facet_of: Mapping[int, int],
    merged: Mapping[int, int],
    unreadable: Mapping[int, Collection[int]],
) -> tuple[dict[int, Answer], dict[int, int]]:
    """Labels of one source as answers; a facet with a label is answered, the others are not.

    With them, the grant of each label that was read.

    A facet that an annotator found unreadable stays silent, whatever the file said.
    """
    given: dict[int, set[int]] = defaultdict(set)
    read: dict[int, int] = {}
    for pk, grant, category in labels.values_list("pk", "grant_id", "category_id").iterator():
        category = merged.get(category, category)
        if facet_of[category] not in unreadable.get(grant, ()):
            given[grant].add(category)
            read[pk] = grant
    by_facet: dict[int, list[int]] = defaultdict(list)
    for pk, facet in facet_of.items():
        by_facet[facet].append(pk)
    answers = {
        grant: {
            pk: GIVEN if pk in chosen else NOT_NAMED
            for facet in {facet_of[category] for category in chosen}
            for pk in by_facet[facet]
        }
        for grant, chosen in given.items()
    }
    return answers, read


def _rulings(
    stream: str, values: Collection[str], within: Span | None
) -> Iterator[tuple[int, int]]:
    """(grant, facet) of which a standing adjudication says one of these values as a whole."""
    rows = FacetRuling.objects.filter(
        between("adjudication__grant", within),
        adjudication__superseded_by=None,
        adjudication__grant__stream=stream,
        value__in=values,
    )
    return rows.values_list("adjudication__grant_id", "facet_id").iterator()


def _emptied(stream: str, facet_of: Mapping[int, int], within: Span | None) -> dict[int, Answer]:
    """A facet that an adjudicator has ruled upon holds nothing but what is labelled there."""
    found: dict[int, Answer] = defaultdict(dict)
    for grant, facet in _rulings(stream, ANSWERS_THE_FACET, within):
        found[grant] |= {pk: NOT_NAMED for pk, other in facet_of.items() if other == facet}
    return found


def _unreadable(stream: str, within: Span | None) -> Iterator[tuple[int, int]]:
    return _rulings(stream, {Outcome.Value.NOT_ENOUGH_TEXT}, within)


def _adjudications(stream: str, within: Span | None) -> dict[int, int]:
    """Standing adjudications that decided something, and the grant of each."""
    rows = Adjudication.objects.filter(
        between("grant", within), superseded_by=None, both_may_stand=False, grant__stream=stream
    )
    return dict(rows.values_list("pk", "grant_id"))


def _of_sprints(
    stream: str, facet_of: Mapping[int, int], merged: Mapping[int, int], within: Span | None
) -> tuple[dict[int, Answer], dict[int, int]]:
    """What sprints have said: one category a grant, and nothing of any other.

    With them, the grant of each decision that was read.
    """
    found: dict[int, Answer] = defaultdict(dict)
    read: dict[int, int] = {}
    asked = SprintGrant.objects.filter(between("grant", within), grant__stream=stream)
    of_stream = set(asked.values_list("grant_id", flat=True))
    for said in sprint_answers(within=within) if of_stream else ():
        category = merged.get(said.category, said.category) if said.fits else said.category
        if said.grant in of_stream and category in facet_of:
            of_grant = found[said.grant]
            # Of two categories that became one a yes to either is a yes, as where it is counted.
            is_given = said.fits or of_grant.get(category) == GIVEN
            of_grant[category] = GIVEN if is_given else REJECTED
            read[said.decision] = said.grant
    return found, read
