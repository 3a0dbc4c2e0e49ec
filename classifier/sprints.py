"""Filling sprints with likely grants from the whole pool."""

import logging
from collections.abc import Iterator

import numpy as np
from django.db.models import QuerySet

from annotation.errors import SprintRefused
from annotation.models import Grant, Sprint
from annotation.reports.sprints import sprintable
from annotation.services.sprints import (
    Candidate,
    fail_sprint,
    fill_sprint,
    report_sprint,
    take_sprint,
)
from classifier import registry
from classifier.dataset import background, categories_of, corpus_of
from classifier.ml.lexical import LexicalMatcher
from classifier.ml.sprint import choose
from classifier.ml.text import Corpus
from classifier.ticking import Model
from classifier.vectors import reads_meaning, with_vectors

logger = logging.getLogger(__name__)
BATCH = 500


def fill_requested_sprints() -> int:
    """Fill every sprint that waits, or whose worker died; returns how many were filled."""
    count = 0
    while sprint := take_sprint():
        try:
            _fill(sprint)
        except SprintRefused as error:
            logger.info("%s", error)
            continue
        except Exception as error:
            fail_sprint(sprint, error)
            raise
        count += 1
        logger.info("%s is filled", sprint)
    return count


def _fill(sprint: Sprint) -> None:
    try:
        serving = registry.load_active()  # a damaged version gives way to the one before it
    except registry.LibraryMissing:  # then words alone choose
        serving = None
    version = serving[0] if serving else None
    categories = categories_of(sprint.category.taxonomy)
    matcher = LexicalMatcher(categories.texts).fit(background())
    model = serving[1] if serving else matcher
    columns = {c.code: i for i, c in enumerate(model.categories)}
    column = columns.get(sprint.category.code)
    own = categories.ids.index(sprint.category_id)
    ids: list[int] = []
    proba, lexical = [], []
    pool = sprintable(sprint.category)
    total = max(1, pool.count())
    for batch in _batches(pool):
        corpus = corpus_of(batch)
        words = matcher.predict_proba(corpus)[:, own]
        # A category that is newer than the version has no column: its words say it all.
        if column is not None and reads_meaning(model):
            corpus = with_vectors([grant.pk for grant in batch], corpus)
        proba.append(words if column is None else model.predict_proba(corpus)[:, column])
        lexical.append(words)
        ids += [grant.pk for grant in batch]
        report_sprint(sprint, min(0.99, len(ids) / total))
    chosen = (
        choose(
            np.concatenate(proba),
            np.concatenate(lexical),
            sprint.n_wanted,
            np.random.default_rng(sprint.pk),
        )
        if ids
        else []
    )
    scores = np.concatenate(proba) if ids else np.zeros(0, dtype=np.float32)
    grants = Grant.objects.in_bulk([ids[row] for row, _ in chosen])
    candidates = [
        Candidate(
            grant_id=ids[row],
            source=source,
            score=float(scores[row]),
            evidence=_evidence(model, matcher, column, own, grants[ids[row]]),
        )
        for row, source in chosen
    ]
    fill_sprint(sprint, candidates, version.pk if version else None)


def _evidence(
    model: Model,
    matcher: LexicalMatcher,
    column: int | None,
    own: int,
    grant: Grant,
) -> list[str]:
    text = grant.text
    alone = Corpus([text], [""], [grant.batch])
    if column is not None:
        [[words]] = model.evidence(alone, [[column]])
        if words:
            return words
    [[of_matcher]] = matcher.evidence(alone, [[own]])
    return of_matcher


def _batches(pool: QuerySet[Grant]) -> Iterator[list[Grant]]:
    last = 0
    while batch := list(pool.filter(pk__gt=last)[:BATCH]):
        last = batch[-1].pk
        yield batch
