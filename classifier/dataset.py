"""From what people decided to what the learning reads: texts, answers, and who is known."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from django.conf import settings

from annotation.models import Category, Grant, QueueItem, SiteSettings, Taxonomy
from classifier.answered import answered_spans
from classifier.answers import Answer, Answers, read_answers
from classifier.labelled import Labelled, joined
from classifier.ml.text import CategoryText, Corpus

# Vocabulary and word statistics settle long before this; a larger pool is sampled by hash.
BACKGROUND_LIMIT = 50_000
RANDOM_STREAMS = {QueueItem.Stream.RANDOM, QueueItem.Stream.NEW, QueueItem.Stream.AUDIT}


@dataclass(frozen=True)
class Categories:
    """The categories offered now; their order is the order of every array's columns."""

    ids: list[int]
    texts: list[CategoryText]
    facet_ids: list[int]
    merged: dict[int, int]  # a retired category -> the one that stands for it now

    def columns(self) -> dict[int, int]:
        return {pk: column for column, pk in enumerate(self.ids)}


def categories_of(taxonomy: Taxonomy) -> Categories:
    rows = list(Category.objects.filter(taxonomy=taxonomy, retired_at=None).select_related("facet"))
    return Categories(
        ids=[row.pk for row in rows],
        texts=[_category_text(row) for row in rows],
        facet_ids=[row.facet_id for row in rows],
        merged=_merged(taxonomy, {row.pk for row in rows}),
    )


def _merged(taxonomy: Taxonomy, offered: set[int]) -> dict[int, int]:
    """Where each merged category ends; one that ends nowhere is left out."""
    rows = Category.objects.filter(taxonomy=taxonomy, merged_into__isnull=False)
    steps = dict(rows.values_list("pk", "merged_into"))
    ends = {}
    for pk, target in steps.items():
        passed = {pk}
        while target in steps and target not in passed:
            passed.add(target)
            target = steps[target]
        if target in offered:
            ends[pk] = target
    return ends


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


def corpus_of(grants: Iterable[Grant], fields: Sequence[str] | None = None) -> Corpus:
    """The grants' texts; of these fields, or of those that the settings name."""
    fields = SiteSettings.objects.current().text_fields if fields is None else fields
    rows = [(grant.text_of(fields), grant.recipient, grant.batch) for grant in grants]
    texts, recipients, batches = zip(*rows, strict=True) if rows else ((), (), ())
    return Corpus(list(texts), list(recipients), list(batches))


def background() -> Corpus:
    """The texts of all grants that may teach, or of a fixed sample of a very large pool.

    Whoever loads a version reads the same ones, so that it says the same by every door. Those of
    the audit stream measure what has never been learned from, not even which words there are.
    """
    fields = SiteSettings.objects.current().text_fields
    # What :func:`corpus_of` reads: whole rows of fifty thousand grants cost twice the time.
    grants = Grant.objects.teaching().only(*fields, *Grant.KEPT_APART_BY).order_by("content_sha256")
    return corpus_of(grants[:BACKGROUND_LIMIT].iterator(), fields)


def training_set(categories: Categories) -> Labelled:
    """Labelled grants that may teach: none of the audit stream, none that says nothing.

    Which flags of a text keep it out is set by ``CLASSIE_UNTAUGHT_FLAGS``.
    """
    untaught = frozenset(settings.CLASSIE_UNTAUGHT_FLAGS)
    return _labelled(categories, Grant.Stream.POOL, untaught)


def audit_set(categories: Categories) -> Labelled:
    """Labelled grants that may only measure: the short ones, too, since they are suggested for."""
    return _labelled(categories, Grant.Stream.AUDIT)


def _labelled(
    categories: Categories, stream: str, untaught: frozenset[str] = frozenset()
) -> Labelled:
    facet_of = dict(zip(categories.ids, categories.facet_ids, strict=True))
    parts = []
    for within in answered_spans(stream):
        found = read_answers(stream, facet_of, categories.merged, within)
        with_text = Grant.objects.filter(pk__in=found.of_grants).exclude(title="", description="")
        grants = [grant for grant in with_text if untaught.isdisjoint(grant.quality_flags)]
        grants.sort(key=lambda grant: grant.pk)
        parts.append(_part(grants, found, categories))
    return joined(parts, len(categories.ids))


def _part(grants: list[Grant], found: Answers, categories: Categories) -> Labelled:
    y, known, weights = _arrays([found.of_grants[grant.pk] for grant in grants], categories)
    return Labelled(
        grant_ids=[grant.pk for grant in grants],
        corpus=corpus_of(grants),
        y=y,
        known=known,
        tune=np.array([_is_random(found, grant.pk) for grant in grants], dtype=bool),
        weights=weights,
        annotation_ids=_of(grants, found.annotations),
        label_ids=_of(grants, found.labels),
        adjudication_ids=_of(grants, found.adjudications),
        sprint_decision_ids=_of(grants, found.sprint_decisions),
    )


def _of(grants: list[Grant], rows: dict[int, int]) -> list[int]:
    """The keys of those rows that hang on one of the grants, sorted."""
    keys = {grant.pk for grant in grants}
    return sorted(pk for pk, grant in rows.items() if grant in keys)


def _is_random(found: Answers, grant_id: int) -> bool:
    # Labels of a file were chosen by no strategy of ours; a sprint's grants were.
    return found.streams.get(grant_id, QueueItem.Stream.RANDOM) in RANDOM_STREAMS


def _arrays(
    answers: list[Answer], categories: Categories
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    columns = categories.columns()
    y = np.zeros((len(answers), len(columns)), dtype=np.int8)
    known = np.zeros(y.shape, dtype=bool)
    weights = np.zeros(y.shape, dtype=np.float32)
    for row, answer in enumerate(answers):
        here = [columns[pk] for pk in answer]
        y[row, here], weights[row, here] = zip(*answer.values(), strict=True)
        known[row, here] = True
    return y, known, weights
