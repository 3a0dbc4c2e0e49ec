"""From what people decided to what the learning reads: texts, answers, and who is known."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from annotation.models import (
    Annotation,
    Category,
    Decision,
    Grant,
    Label,
    Outcome,
    QueueItem,
    Taxonomy,
)
from classifier.ml.text import CategoryText, Corpus

# Vocabulary and word statistics settle long before this; a larger pool is sampled by hash.
BACKGROUND_LIMIT = 50_000
POSITIVE = {Decision.Verdict.ACCEPTED, Decision.Verdict.ADDED}
ANSWERS_THE_FACET = {
    Outcome.Value.LABELLED,
    Outcome.Value.NONE_FITS,
    Outcome.Value.GENERAL_PUBLIC,
}
RANDOM_STREAMS = {QueueItem.Stream.RANDOM, QueueItem.Stream.NEW, QueueItem.Stream.AUDIT}


@dataclass(frozen=True)
class Categories:
    """The categories offered now; their order is the order of every array's columns."""

    ids: list[int]
    texts: list[CategoryText]
    facet_ids: list[int]

    def columns(self) -> dict[int, int]:
        return {pk: column for column, pk in enumerate(self.ids)}


@dataclass(frozen=True)
class Labelled:
    """Grants that people stand behind.

    ``y`` and ``known`` have the shape (n_grants, n_categories): 1 where the category was given
    directly, and True where anybody said yes or no. ``tune`` marks grants drawn at random.
    """

    grant_ids: list[int]
    corpus: Corpus
    y: np.ndarray
    known: np.ndarray
    tune: np.ndarray
    annotation_ids: list[int]
    label_ids: list[int]

    def __len__(self) -> int:
        return len(self.grant_ids)

    def sha256(self) -> str:
        """Of grants, texts and answers: the same snapshot trains the same version."""
        digest = hashlib.sha256()
        for i, pk in enumerate(self.grant_ids):
            facts = [pk, self.corpus.texts[i], self.y[i].nonzero()[0].tolist()]
            digest.update(json.dumps(facts).encode())
            digest.update(np.packbits(self.known[i]).tobytes())
        return digest.hexdigest()


def categories_of(taxonomy: Taxonomy) -> Categories:
    rows = list(Category.objects.filter(taxonomy=taxonomy, retired_at=None).select_related("facet"))
    return Categories(
        ids=[row.pk for row in rows],
        texts=[_category_text(row) for row in rows],
        facet_ids=[row.facet_id for row in rows],
    )


def _category_text(row: Category) -> CategoryText:
    return CategoryText(
        code=row.code,
        facet=row.facet.code,
        label=row.label,
        alt_labels=tuple(row.alt_labels),
        definition=row.definition,
        scope_note=row.scope_note,
        ancestors=tuple(row.ancestor_codes),
        include_pattern=row.include_pattern,
        exclude_pattern=row.exclude_pattern,
    )


def corpus_of(grants: Iterable[Grant]) -> Corpus:
    rows = [(grant.text, grant.recipient, grant.batch) for grant in grants]
    texts, recipients, batches = zip(*rows, strict=True) if rows else ((), (), ())
    return Corpus(list(texts), list(recipients), list(batches))


def background(most: int = BACKGROUND_LIMIT) -> Corpus:
    """The texts of all grants, or of a fixed sample of ``most`` of a very large pool."""
    return corpus_of(Grant.objects.order_by("content_sha256")[:most].iterator())


def training_set(categories: Categories) -> Labelled:
    """Labelled grants that may teach: never one of the audit stream."""
    return _labelled(categories, Grant.Stream.POOL)


def audit_set(categories: Categories) -> Labelled:
    """Labelled grants that may only measure."""
    return _labelled(categories, Grant.Stream.AUDIT)


def _labelled(categories: Categories, stream: str) -> Labelled:
    """Adjudicated labels, else what the annotators agree on, else what the file said."""
    votes: dict[int, list[dict[int, bool]]] = defaultdict(list)
    at_random: dict[int, bool] = {}
    annotation_ids = []
    for annotation in _annotations(stream):
        answer = _answer(annotation, categories)
        if answer:
            votes[annotation.grant_id].append(answer)
            annotation_ids.append(annotation.pk)
            at_random[annotation.grant_id] = annotation.stream in RANDOM_STREAMS
    imported, label_ids = _labels(categories, stream, Label.Source.IMPORTED, besides=votes)
    adjudicated, adjudicated_ids = _labels(categories, stream, Label.Source.ADJUDICATED)
    answers = imported | {pk: _consensus(cast) for pk, cast in votes.items()} | adjudicated
    grants = list(Grant.objects.filter(pk__in=answers).exclude(title="", description=""))
    grants.sort(key=lambda grant: grant.pk)
    y, known = _arrays([answers[grant.pk] for grant in grants], categories)
    return Labelled(
        grant_ids=[grant.pk for grant in grants],
        corpus=corpus_of(grants),
        y=y,
        known=known,
        tune=np.array([at_random.get(grant.pk, True) for grant in grants], dtype=bool),
        annotation_ids=sorted(annotation_ids),
        label_ids=sorted(label_ids + adjudicated_ids),
    )


def _annotations(stream: str) -> Iterable[Annotation]:
    return (
        Annotation.objects.current()
        .filter(grant__stream=stream)
        .prefetch_related("outcomes", "decisions")
        .order_by("pk")
        .iterator(chunk_size=2_000)
    )


def _answer(annotation: Annotation, categories: Categories) -> dict[int, bool]:
    """Category key -> yes or no, for every category the annotation says something of."""
    outcomes = {outcome.facet_id: outcome.value for outcome in annotation.outcomes.all()}
    answered = {facet for facet, value in outcomes.items() if value in ANSWERS_THE_FACET}
    silent = {f for f, value in outcomes.items() if value == Outcome.Value.NOT_ENOUGH_TEXT}
    facet_of = dict(zip(categories.ids, categories.facet_ids, strict=True))
    answer = {pk: False for pk, facet in facet_of.items() if facet in answered}
    for decision in annotation.decisions.all():
        pk = decision.category_id
        if pk not in facet_of or facet_of[pk] in silent:
            continue
        if decision.verdict in POSITIVE:
            answer[pk] = True
        elif decision.verdict == Decision.Verdict.REJECTED:
            answer[pk] = False
    return answer


def _consensus(cast: list[dict[int, bool]]) -> dict[int, bool]:
    """Yes where at least half of those who said anything said yes."""
    said: dict[int, list[bool]] = defaultdict(list)
    for answer in cast:
        for pk, yes in answer.items():
            said[pk].append(yes)
    return {pk: 2 * sum(voices) >= len(voices) for pk, voices in said.items()}


def _labels(
    categories: Categories, stream: str, source: str, besides: Iterable[int] = ()
) -> tuple[dict[int, dict[int, bool]], list[int]]:
    """Labels of a source as answers; a facet with a label is answered, the others are not."""
    given: dict[int, set[int]] = defaultdict(set)
    label_ids, skipped = [], set(besides)
    columns = categories.columns()
    labels = Label.objects.filter(source=source, grant__stream=stream, category__in=columns)
    for pk, grant, category in labels.values_list("pk", "grant_id", "category_id").iterator():
        if grant not in skipped:
            given[grant].add(category)
            label_ids.append(pk)
    by_facet: dict[int, list[int]] = defaultdict(list)
    for pk, facet in zip(categories.ids, categories.facet_ids, strict=True):
        by_facet[facet].append(pk)
    facet_of = dict(zip(categories.ids, categories.facet_ids, strict=True))
    answers = {
        grant: {
            pk: pk in chosen for facet in {facet_of[c] for c in chosen} for pk in by_facet[facet]
        }
        for grant, chosen in given.items()
    }
    return answers, label_ids


def _arrays(
    answers: list[dict[int, bool]], categories: Categories
) -> tuple[np.ndarray, np.ndarray]:
    columns = categories.columns()
    # int64: scikit-learn 1.9.1 permutes the columns of narrower indicators without a word.
    y = np.zeros((len(answers), len(columns)), dtype=np.int64)
    known = np.zeros(y.shape, dtype=bool)
    for row, answer in enumerate(answers):
        for pk, yes in answer.items():
            y[row, columns[pk]] = yes
            known[row, columns[pk]] = True
    return y, known
