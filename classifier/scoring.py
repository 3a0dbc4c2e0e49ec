"""Letting the active model version read the grants, and ordering the queue by what it finds."""

import logging
import time
import uuid
from collections.abc import Callable, Iterator
from functools import partial

from annotation.models import Category, Grant, ModelVersion, SiteSettings
from annotation.reports.coverage import examples_for_choosing
from annotation.services import leases
from annotation.services.asked_counts import ask_for_count
from annotation.services.model_versions import note_reading_speed
from annotation.services.priorities import is_unread, note_coverage, work_waits
from annotation.services.queue_order import (
    current_order,
    is_much_new,
    newest_annotation,
    note_ordered,
    want_order,
)
from annotation.services.queue_plan import follow_shares
from classifier import registry
from classifier.dataset import categories_of, corpus_of
from classifier.heartbeat import lease_kept
from classifier.ml.estimators import CategoryClassifier
from classifier.ml.lexical import LexicalMatcher
from classifier.ordering import order_the_queue
from classifier.reasons import Known
from classifier.refreshing import learn_first_labels, refresh_of
from classifier.suggesting import Suggesting
from classifier.ticking import Model, as_set
from classifier.vectors import reads_meaning, with_vectors
from classifier.waiting import coming, soonest
from classifier.wants import as_examples, names_of_asked, spoken_of

logger = logging.getLogger(__name__)
BATCH = 250
SOONEST = 50  # grants that are read before all others: somebody may open them any moment
LEASE = "scoring"
READ_AGAIN = 1_000  # grants at the beginning of the queue that a refresh reads: half of its HEAD
TELLS_A_SPEED = 100  # fewer grants mostly measure how long the artifact takes to load


def score_waiting_grants(make_way: Callable[[], object] = lambda: None) -> int:
    """Score every grant that the active version has not read, those that come next first.

    Resumable: a grant says who read it last, so a killed run loses at most one batch, and the
    run that ends orders the whole queue. One worker at a time; another one that comes finds the
    lease taken and returns 0. Where the library of the active version is not installed, grants keep
    what it has suggested, and the others wait for it.
    ``make_way`` is called when nobody waits for what is left: a promotion shows by then to whoever
    opens the next grant, or there is nothing to read.
    """
    holder = leases.take(LEASE) if work_waits() else None
    if holder is None:
        return 0
    if not (somebody_waits := is_unread()):
        make_way()
    began = time.monotonic()
    try:
        try:
            serving = registry.load_active()
        except registry.LibraryMissing:  # which it has logged
            return 0
        if serving is None:
            return 0
        count = _Reader(*serving).read_all(holder, make_way if somebody_waits else None)
        if count >= TELLS_A_SPEED:
            note_reading_speed(serving[0], count / (time.monotonic() - began))
        logger.info("%s has read %d grants", serving[0], count)
        return count
    finally:
        leases.give_back(LEASE, holder)


class _Reader:
    """One pass of one model version over the grants it has not read."""

    def __init__(self, version: ModelVersion, model: Model):
        self.version = version
        self.serves = version.parent or version  # whose turn ends with its retirement
        self.learned = model
        # Taken before anything is read: what changes meanwhile is for the next pass.
        self.site = SiteSettings.objects.current()
        self.model = as_set(model, self.site)
        categories = categories_of(version.taxonomy)
        ids = dict(zip((c.code for c in categories.texts), categories.ids, strict=True))
        # A category retired since the training keeps its column and is not suggested.
        columns = enumerate(self.model.categories)
        self.category_ids = {i: ids[found.code] for i, found in columns if found.code in ids}
        self.suggesting = Suggesting(version, self.model, self.category_ids, self.site)
        self.reads_meaning = reads_meaning(self.model)
        self.examples = examples_for_choosing()
        self.wanted = as_examples(self._categories(), self.examples)

    def read_all(self, holder: uuid.UUID, make_way: Callable[[], object] | None) -> int:
        count, reads_anew = 0, False
        for batch in self._batches():
            if not leases.keep(LEASE, holder) or self._is_outdated():
                return count  # somebody else goes on, and orders the queue
            if not count:
                want_order()  # if this run is killed, the next one finds what is left to do
            reads_anew |= any(grant.scored_by_id for grant in batch)
            self._read(batch)
            if make_way and not count:
                make_way()
            count += len(batch)
        if reads_anew:  # what is ticked for audit grants is told as it was counted last
            ask_for_count()
        if self._refresh(holder):
            self.order(holder)
        return count

    def _refresh(self, holder: uuid.UUID) -> bool:
        """Where enough was annotated, let a refresh read what comes next; False: stop here."""
        if not is_much_new(current_order()) or not self.version.learns_between_nights:
            return True
        assert isinstance(self.learned, CategoryClassifier)  # no other kind learns between nights
        if self.version.is_untaught:
            # Its calibration knows no label, so a whole training is due, which costs little by now.
            learn_first_labels(self.version)
            return not self._is_outdated()
        with lease_kept(LEASE, holder):
            found = refresh_of(self.version, self.learned)
        if found is None:  # nothing is new, or it was stopped by what made this version outdated
            return not self._is_outdated()
        return _Reader(*found).read_next(holder)

    def read_next(self, holder: uuid.UUID) -> bool:
        """Read what annotators get next; False where somebody else goes on."""
        for batch in coming(self.version, self.site.reading, READ_AGAIN, BATCH):
            if not leases.keep(LEASE, holder) or self._is_outdated():
                return False
            self._read(batch)
        return True

    def _is_outdated(self) -> bool:
        """Another version is active by now, or the settings ask for another reading."""
        reading = SiteSettings.objects.current().reading
        return ModelVersion.objects.active() != self.serves or reading != self.site.reading

    def _batches(self) -> Iterator[list[Grant]]:
        """What annotators get next, the rest of the queue, all others; what is read is left out."""
        unread = Grant.objects.not_scored_by(self.version)
        for n in (min(SOONEST, BATCH), BATCH):
            yield from soonest(unread, n)
        for part in (unread.filter(queue_item__is_open=True), unread):
            last = 0
            while batch := list(part.filter(pk__gt=last).order_by("pk")[:BATCH]):
                last = batch[-1].pk
                yield batch

    def _read(self, batch: list[Grant]) -> None:
        corpus = corpus_of(batch)
        if self.reads_meaning:
            corpus = with_vectors([grant.pk for grant in batch], corpus)
        proba = self.suggesting.write(batch, corpus)
        is_lexical = isinstance(self.model, LexicalMatcher)
        words = proba if is_lexical else self.model.matcher_.predict_proba(corpus)
        spoken = spoken_of(words, self.category_ids, self.wanted)
        note_coverage({batch[row].pk: found for row, found in spoken.items()})

    def _categories(self) -> list[Category]:
        offered = Category.objects.filter(pk__in=self.category_ids.values())
        return list(offered.select_related("asked_for_by"))

    def order(self, holder: uuid.UUID) -> None:
        """Give every waiting grant its place, by the settings that hold now.

        Where nothing has changed but what was annotated, the beginning alone is ordered, and the
        plans of grants are as they were: only settings change them, and then all is ordered.
        """
        asked, newest = current_order(), newest_annotation()  # what comes later is for next time
        site = SiteSettings.objects.current()
        columns = self.category_ids.items()
        categories = self._categories()
        known = Known(
            examples=as_examples(categories, self.examples),
            thresholds={pk: float(self.model.thresholds_[column]) for column, pk in columns},
            labels={pk: self.model.categories[column].label for column, pk in columns},
            asked=names_of_asked(categories, self.examples),
        )
        is_whole = asked.wanted != asked.done or not asked.done  # 0: it never was
        goes_on = partial(leases.keep, LEASE, holder)
        if not order_the_queue(self.version, site, known, goes_on, is_whole=is_whole):
            return
        if is_whole:
            follow_shares(site, goes_on)
        if goes_on():
            note_ordered(asked.wanted, newest)
