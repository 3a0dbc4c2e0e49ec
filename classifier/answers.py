"""What people said of each grant, one answer a category: adjudicated, else agreed, else imported.

Only true negatives count as such. A facet says no to what was not chosen there only if somebody
answered it; "not enough text" says nothing at all, and an unanswered facet nothing but its
explicit rejections.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from annotation.models import Annotation, Decision, Label, Outcome

POSITIVE = {Decision.Verdict.ACCEPTED, Decision.Verdict.ADDED}
ANSWERS_THE_FACET = {
    Outcome.Value.LABELLED,
    Outcome.Value.NONE_FITS,
    Outcome.Value.GENERAL_PUBLIC,
}
Said = tuple[bool, float]  # yes or no, and how much it counts, above 0 to 1
Answer = dict[int, Said]  # category -> what was said of it
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
    annotation_ids: list[int]
    label_ids: list[int]


def read_answers(stream: str, facet_of: Mapping[int, int], merged: Mapping[int, int]) -> Answers:
    """The answers of a stream; what was annotated counts once however many annotated it.

    Args:
        stream: of the grants.
        facet_of: the facet of every category offered, both by key.
        merged: for a retired category the one that it became.
    """
    votes: dict[int, list[Answer]] = defaultdict(list)
    unreadable: dict[int, set[int]] = defaultdict(set)
    streams, annotation_ids = {}, []
    for annotation in _annotations(stream):
        answer, silent = _answer(annotation, facet_of, merged)
        unreadable[annotation.grant_id] |= silent
        if answer:
            votes[annotation.grant_id].append(answer)
            annotation_ids.append(annotation.pk)
            streams[annotation.grant_id] = annotation.stream
    agreed = {grant: _consensus(cast) for grant, cast in votes.items()}
    imported, imported_ids = _labels(stream, Label.Source.IMPORTED, facet_of, merged, unreadable)
    adjudicated, adjudicated_ids = _labels(stream, Label.Source.ADJUDICATED, facet_of, merged, {})
    found: dict[int, Answer] = {}
    for layer in (imported, agreed, adjudicated):  # facet by facet the later one stands
        for grant, answer in layer.items():
            found.setdefault(grant, {}).update(answer)
    return Answers(found, streams, sorted(annotation_ids), sorted(imported_ids + adjudicated_ids))


def _annotations(stream: str) -> Iterator[Annotation]:
    return (
        Annotation.objects.current()
        .filter(grant__stream=stream)
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
    stream: str,
    source: str,
    facet_of: Mapping[int, int],
    merged: Mapping[int, int],
    unreadable: Mapping[int, Collection[int]],
) -> tuple[dict[int, Answer], list[int]]:
    """Labels of a source as answers; a facet with a label is answered, the others are not.

    A facet that an annotator found unreadable stays silent, whatever the file said.
    """
    given: dict[int, set[int]] = defaultdict(set)
    label_ids = []
    labels = Label.objects.filter(
        source=source, grant__stream=stream, category__in=[*facet_of, *merged]
    )
    for pk, grant, category in labels.values_list("pk", "grant_id", "category_id").iterator():
        category = merged.get(category, category)
        if facet_of[category] not in unreadable.get(grant, ()):
            given[grant].add(category)
            label_ids.append(pk)
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
    return answers, label_ids
