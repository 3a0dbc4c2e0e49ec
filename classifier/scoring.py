"""Letting the active model version read the grants, and ordering the queue by what it finds."""

import logging
import time
import uuid
from collections.abc import Iterator

import numpy as np
from django.conf import settings

from annotation.models import Grant, ModelVersion, QueueItem, SiteSettings, Suggestion
from annotation.models.grants import lot
from annotation.services import leases
from annotation.services.model_versions import note_reading_speed
from annotation.services.priorities import Priority, reprioritise
from annotation.services.queue_plan import follow_shares
from annotation.services.suggestions import replace_suggestions
from classifier import registry
from classifier.dataset import categories_of, corpus_of
from classifier.ml.mixing import mix, most_uncertain_between, priorities
from classifier.ml.pool import Pool
from classifier.ml.querying import choose
from classifier.ml.sampling import LEAST_CONFIDENT, RANDOM, STRATEGIES
from classifier.ml.shortlist import shortlist
from classifier.ml.text import Corpus
from classifier.ticking import Model, as_set
from classifier.vectors import reads_meaning, with_vectors

logger = logging.getLogger(__name__)
BATCH = 250
WRITTEN_AT_ONCE = 50
A_FACET = 10
LEASE = "scoring"
TELLS_A_SPEED = 100  # fewer grants mostly measure how long the artifact takes to load
UNSURE = "The model is not sure about this grant."
SAYS_TOO_LITTLE = "Its text says too little to learn from, so it comes late."
AT_RANDOM = "Drawn at random, so that the figures stay honest."


def score_waiting_grants() -> int:
    """Score every grant that the active version has not read, waiting ones first.

    Resumable: a grant says who read it last, so a killed run loses at most one batch, and the
    run that ends orders the whole queue. One worker at a time; another one that comes finds the
    lease taken and returns 0.
    """
    active = ModelVersion.objects.active()
    if active is None or not Grant.objects.not_scored_by(active).exists():
        return 0
    holder = leases.take(LEASE)
    if holder is None:
        return 0
    began = time.monotonic()
    try:
        serving = registry.load_active()
        if serving is None:
            return 0
        active, model = serving
        count = _Reader(active, model).read_all(holder)
    finally:
        leases.give_back(LEASE, holder)
    if count >= TELLS_A_SPEED:
        note_reading_speed(active, count / (time.monotonic() - began))
    logger.info("%s has read %d grants", active, count)
    return count


class _Reader:
    """One pass of one model version over the grants it has not read."""

    def __init__(self, version: ModelVersion, model: Model):
        self.version = version
        # Taken before anything is read: what changes meanwhile is for the next pass.
        self.site = SiteSettings.objects.current()
        self.model = as_set(model, self.site)
        categories = categories_of(version.taxonomy)
        ids = dict(zip((c.code for c in categories.texts), categories.ids, strict=True))
        # A category retired since the training keeps its column and is not suggested.
        codes = [category.code for category in self.model.categories]
        self.category_ids = {i: ids[code] for i, code in enumerate(codes) if code in ids}
        facets = [category.facet for category in self.model.categories]
        self.columns_of_facets = [
            np.array([i for i in self.category_ids if facets[i] == facet])
            for facet in dict.fromkeys(facets)
        ]
        self.is_lexical = np.asarray(
            getattr(self.model, "falls_back_", np.ones(len(facets), dtype=bool))
        )
        self.reads_meaning = reads_meaning(self.model)
        self.unsure: dict[int, str] = {}  # grant -> why it would teach, in words

    def read_all(self, holder: uuid.UUID) -> int:
        count = 0
        for batch in self._batches():
            if not leases.keep(LEASE, holder) or self._is_outdated():
                return count  # somebody else goes on, and orders the queue
            self._read(batch)
            count += len(batch)
        self._reorder()
        follow_shares(self.site)
        return count

    def _is_outdated(self) -> bool:
        """Another version is active by now, or the settings ask for another reading."""
        reading = SiteSettings.objects.current().reading
        return ModelVersion.objects.active() != self.version or reading != self.site.reading

    def _batches(self) -> Iterator[list[Grant]]:
        """Grants in the queue first, each batch by key, since reading takes them off the list."""
        unread = Grant.objects.not_scored_by(self.version)
        for part in (unread.filter(queue_item__is_open=True), unread):
            last = 0
            while batch := list(part.filter(pk__gt=last).order_by("pk")[:BATCH]):
                last = batch[-1].pk
                yield batch

    def _read(self, batch: list[Grant]) -> None:
        corpus = corpus_of(batch)
        if self.reads_meaning:
            corpus = with_vectors([grant.pk for grant in batch], corpus)
        proba = self.model.predict_proba(corpus)
        ticked = self.model.decide(proba)
        # Written in small parts: on SQLite a long write holds up those who save.
        for start in range(0, len(batch), WRITTEN_AT_ONCE):
            rows = range(start, min(start + WRITTEN_AT_ONCE, len(batch)))
            replace_suggestions(
                self.version,
                [batch[row].pk for row in rows],
                [
                    suggestion
                    for row in rows
                    for suggestion in self._suggestions(
                        batch[row], corpus, row, proba[row], ticked[row]
                    )
                ],
                reading=self.site.reading,
            )
        keys = [grant.pk for grant in batch]
        in_pool = set(Grant.objects.pool().filter(pk__in=keys).values_list("pk", flat=True))
        self.unsure |= {
            grant.pk: self._reason(proba[row])
            for row, grant in enumerate(batch)
            if grant.pk in in_pool
        }

    def _suggestions(
        self, grant: Grant, corpus: Corpus, row: int, proba: np.ndarray, ticked: np.ndarray
    ) -> Iterator[Suggestion]:
        for columns in self.columns_of_facets:
            best = self._best(columns, proba, ticked)
            words = self.model.evidence(corpus.texts[row], corpus.batches[row], best)
            for rank, (column, evidence) in enumerate(zip(best, words, strict=True), start=1):
                yield Suggestion(
                    grant=grant,
                    category_id=self.category_ids[column],
                    model_version=self.version,
                    score=float(proba[column]),
                    rank=rank,
                    is_ticked=bool(ticked[column]),
                    is_lexical=bool(self.is_lexical[column]),
                    evidence=evidence,
                )

    def _best(self, columns: np.ndarray, proba: np.ndarray, ticked: np.ndarray) -> list[int]:
        thresholds = self.model.thresholds_
        return shortlist(columns, proba, ticked, thresholds, A_FACET, self.site.least_score)

    def _reason(self, proba: np.ndarray) -> str:
        labels = [
            self.model.categories[column].label
            for column in most_uncertain_between(proba, self.model.thresholds_)
        ]
        if not labels:
            return "The model finds no category for it."
        if len(labels) == 1:
            return f"The model is least sure about {labels[0]} here."[:300]
        return f"The model is least sure between {labels[0]} and {labels[1]}."[:300]

    def _reorder(self) -> None:
        """The random stream and what the model is least confident of, taking turns."""
        pool = list(
            Grant.objects.pool()
            .filter(scored_by=self.version)
            .order_by("pk")
            .values_list("pk", "reference", "top_score")
        )
        if not pool:
            return
        # The strategy looks at the likeliest category alone, so one column says it all.
        proba = np.array([[confidence or 0.0] for *_, confidence in pool], dtype=np.float32)
        speaks = self._teaching([row[0] for row in pool])
        proba[~speaks] = 1  # last of the rest: nothing that anybody says of it would teach
        lots = np.array([lot(reference, "random") for _, reference, _ in pool])
        drawn = np.argsort(lots)[: int((lots < self.site.random_share).sum())]
        rest = np.setdiff1d(np.arange(len(pool)), drawn)
        rng = np.random.default_rng(self.version.pk)
        if len(rest):
            rest = rest[choose(Pool(proba[rest]), len(rest), STRATEGIES[LEAST_CONFIDENT], rng)]
        order, streams = mix(
            {LEAST_CONFIDENT: rest, RANDOM: drawn}, {LEAST_CONFIDENT: len(rest), RANDOM: len(drawn)}
        )
        stream_of = dict(zip(order.tolist(), streams, strict=True))
        reprioritise(
            Priority(
                pk,
                float(priority),
                stream_of[row],
                self._why(pk, stream_of[row], bool(speaks[row])),
            )
            for row, ((pk, *_), priority) in enumerate(zip(pool, priorities(order), strict=True))
        )

    def _teaching(self, keys: list[int]) -> np.ndarray:
        """Which of these grants, in the order of their keys, have a text to learn from."""
        untaught = set(settings.CLASSIE_UNTAUGHT_FLAGS)
        flags = Grant.objects.pool().filter(scored_by=self.version).order_by("pk")
        found = dict(flags.values_list("pk", "quality_flags"))
        return np.array([untaught.isdisjoint(found.get(pk, ())) for pk in keys])

    def _why(self, pk: int, stream: str, speaks: bool) -> str:
        if stream == QueueItem.Stream.RANDOM:
            return AT_RANDOM
        return self.unsure.get(pk, UNSURE) if speaks else SAYS_TOO_LITTLE
