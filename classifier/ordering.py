"""The order of the queue: every stream ranked, then all of them taking turns by their shares."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from math import ceil

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from annotation.models import Grant, LabelCheck, ModelVersion, QueueItem, SiteSettings
from annotation.services.priorities import BATCH, Priority, reprioritise, set_back
from annotation.services.rechecks import plan_rechecks
from classifier.dataset import corpus_of
from classifier.disputed import least_agreed_first
from classifier.ml.apart import keep_apart, vectors_of
from classifier.ml.batches import in_batches
from classifier.ml.mixing import mix
from classifier.ml.pool import Pool
from classifier.ml.querying import choose
from classifier.ml.sampling import COVERAGE, LEAST_CONFIDENT, STRATEGIES, VALUE
from classifier.reasons import Chosen, Known, Reasons
from classifier.waiting import Waiting, read_waiting
from classifier.wants import asked_for

Rows = NDArray[np.int64]
Ranked = dict[str, Rows]
Stream = QueueItem.Stream
logger = logging.getLogger(__name__)
CHOOSING = (Stream.LEAST_CONFIDENT, Stream.COVERAGE, Stream.VALUE)
# Nobody gets further before the queue is ordered anew, so only the beginning is worth the effort.
HEAD = 2_000  # places whose texts are compared
NAMED = 10_000  # places whose reasons name the categories between which the model wavers
IN_A_BATCH = 25
MORE = 8 * IN_A_BATCH  # what a batch may choose from beyond its own size
SOON = 500  # places among which second opinions that have waited are spread
MOST_SECOND = 0.5
MOST_SENT, SENT_AMONG = 0.25, 100  # places among which what was sent to be checked is spread
CHECKS_AHEAD = 5_000  # places for which checks are opened ahead


def order_the_queue(
    version: ModelVersion,
    site: SiteSettings,
    known: Known,
    goes_on: Callable[[], bool],
    *,
    is_whole: bool = True,
) -> bool:
    """Give all that waits its place; returns whether it came to the end.

    The audit stream keeps the order of its lots: nothing that a model says plays a part in it.

    Args:
        goes_on: asked between the parts; False when another worker has taken over.
        is_whole: all of it; else a new beginning of 2,000 grants is put before the rest, so that
            a million grants are read and only those are written.
    """
    n_waiting = QueueItem.objects.open().count()
    plan_rechecks(round(site.recheck_share * min(n_waiting, CHECKS_AHEAD)))
    waiting = read_waiting(version)
    if not goes_on():
        return False
    ranked = _ranked(waiting, site, known, np.random.default_rng(version.pk))
    sent = _sent_to_check(waiting)
    ranked[Stream.RECHECK] = _first(sent, ranked[Stream.RECHECK])
    choosable = np.flatnonzero(_is_choosable(waiting, site) & waiting.speaks)
    asked = asked_for(waiting, choosable, list(known.asked))
    if site.coverage_share:
        ranked[Stream.COVERAGE] = _first(asked, ranked[Stream.COVERAGE])
    if not goes_on():
        return False
    # What somebody has sent to be checked comes soon, whatever share checks have by the settings.
    checks = max(site.shares[Stream.RECHECK], min(MOST_SENT, len(sent) / SENT_AMONG))
    order, streams = _in_turns(waiting, ranked, asked, {**site.shares, Stream.RECHECK: checks})
    if not is_whole:
        order = order[:HEAD]
        set_back(set(waiting.grant_ids[order].tolist()))
    reasons = Reasons(known)
    count = reprioritise(_priorities(waiting, order, streams, asked, reasons, goes_on, is_whole))
    logger.info("%d waiting grants have their places", count)
    return goes_on()


def _ranked(waiting: Waiting, site: SiteSettings, known: Known, rng: np.random.Generator) -> Ranked:
    """Row numbers of each stream, the first to be annotated first."""
    choosable = _is_choosable(waiting, site)
    is_drawn = waiting.is_fresh & ~choosable
    rest = np.flatnonzero(choosable)
    ranked: Ranked = {
        Stream.AUDIT: _by(waiting.places, waiting.is_audit),
        # In the order of another lot than the one that drew them: a lower share keeps those with
        # the lowest lots, and if they had come first, none of them would be left.
        Stream.RANDOM: _by(waiting.places, is_drawn),
        Stream.OVERLAP: _seconds(waiting),
        Stream.RECHECK: _by(waiting.places, waiting.is_recheck),
    }
    # The strategy looks at the likeliest category alone, so one column says it all. What says too
    # little to teach anything comes last.
    unsure = np.where(waiting.speaks, waiting.confidence, 1)[:, None]
    ranked[Stream.LEAST_CONFIDENT] = _best(Pool(unsure[rest]), rest, LEAST_CONFIDENT, rng)
    if site.coverage_share:
        rows = rest[(waiting.covers_score[rest] > 0) & waiting.speaks[rest]]
        rows = rows[np.isin(waiting.covers[rows], list(known.examples))]
        pool = _by_words(waiting, rows, known.examples)
        ranked[Stream.COVERAGE] = _best(pool, rows, COVERAGE, rng)
    if site.value_share:
        amounts = waiting.amounts_in_medians
        rows = rest[(amounts[rest] > 0) & waiting.speaks[rest]]
        ranked[Stream.VALUE] = _best(Pool(unsure[rows], amounts=amounts[rows]), rows, VALUE, rng)
    return ranked


def _seconds(waiting: Waiting) -> Rows:
    """Second opinions: where people agree least, then by lot."""
    rows = _by(waiting.places, waiting.is_second)
    return rows[least_agreed_first(waiting.grant_ids[rows].tolist())]


def _is_choosable(waiting: Waiting, site: SiteSettings) -> NDArray[np.bool_]:
    """What strategies may choose from: the rest of the pool was drawn by lot before any model."""
    return waiting.is_fresh & (waiting.lots >= site.random_of_pool)


def _sent_to_check(waiting: Waiting) -> list[int]:
    """Row numbers of what an administrator has sent, in the order of the list that it came from."""
    rows = LabelCheck.objects.awaited().order_by("pk").values_list("grant", flat=True)
    place = {grant: place for place, grant in enumerate(dict.fromkeys(rows))}
    checks = np.flatnonzero(waiting.is_recheck & np.isin(waiting.grant_ids, list(place)))
    return sorted(checks.tolist(), key=lambda row: place[int(waiting.grant_ids[row])])


def _first(asked: Iterable[int], rows: Rows) -> Rows:
    first = np.array(list(asked), dtype=np.int64)
    return np.concatenate([first, rows[~np.isin(rows, first)]])


def _by(lots: NDArray[np.float64], of: NDArray[np.bool_]) -> Rows:
    rows = np.flatnonzero(of)
    return rows[np.argsort(lots[rows], kind="stable")]


def _best(pool: Pool, rows: Rows, strategy: str, rng: np.random.Generator) -> Rows:
    return rows[choose(pool, len(rows), STRATEGIES[strategy], rng)] if len(rows) else rows


def _by_words(waiting: Waiting, rows: Rows, examples: Mapping[int, float]) -> Pool:
    """The pool as category-text coverage reads it: of each grant the category it speaks of most."""
    keys = np.array(sorted(examples), dtype=np.int64)
    columns = np.searchsorted(keys, waiting.covers[rows])
    shape = (len(rows), len(keys))
    starts = np.arange(len(rows) + 1)
    words = sparse.csr_array((waiting.covers_score[rows], columns, starts), shape=shape)
    counts = np.array([examples[key] for key in keys.tolist()], dtype=np.float64)
    return Pool(waiting.confidence[rows][:, None], words=words, examples=counts)


def _in_turns(
    waiting: Waiting, ranked: Ranked, asked: Mapping[int, int], shares: Mapping[str, float]
) -> tuple[Rows, list[str]]:
    """One order of all rows. At its beginning near-duplicates stand apart."""
    # Second opinions come by themselves, right after the first ones. Those that have waited come
    # among the next few hundred, so that nobody's first answer waits for long.
    second = min(MOST_SECOND, len(ranked[Stream.OVERLAP]) / SOON)
    turns = {**shares, Stream.OVERLAP: second}
    turns = {stream: turns[stream] for stream in ranked}
    heads = {
        stream: _head(waiting, rows, ceil(turns[stream] * HEAD), stream in CHOOSING)
        for stream, rows in ranked.items()
    }
    compared = np.unique(np.concatenate(list(heads.values())))
    vectors = vectors_of(_texts(waiting.grant_ids[compared]))
    for stream in set(CHOOSING) & ranked.keys():
        # What is asked for is alike by nature, and comes first nevertheless.
        is_first = np.isin(heads[stream], list(asked)) & (stream == Stream.COVERAGE)
        own = np.searchsorted(compared, heads[stream][~is_first])
        diverse = in_batches(own, vectors, IN_A_BATCH, ceil(turns[stream] * HEAD / IN_A_BATCH))
        rest = ranked[stream][~np.isin(ranked[stream], heads[stream])]
        ranked[stream] = np.concatenate([heads[stream][is_first], compared[diverse], rest])
    order, streams = mix(ranked, turns)
    end = _first_beyond(order[:HEAD], compared)
    drawn = ranked.keys() - set(CHOOSING)
    apart = keep_apart(np.searchsorted(compared, order[:end]), streams[:end], vectors, drawn)
    return np.concatenate([compared[apart], order[end:]]), streams


def _head(waiting: Waiting, rows: Rows, n: int, is_chosen: bool) -> Rows:
    """What of a stream may come before the queue is ordered anew, to be compared.

    Of what is chosen some more, to choose from; without what says too little, which stays last.
    """
    if not is_chosen:
        return rows[:n]
    rows = rows[: n + MORE]
    return rows[waiting.speaks[rows]]


def _first_beyond(order: Rows, compared: Rows) -> int:
    beyond = np.flatnonzero(~np.isin(order, compared))
    return int(beyond[0]) if len(beyond) else len(order)


def _texts(grant_ids: NDArray[np.int64]) -> list[str]:
    texts: dict[int, str] = {}
    for start in range(0, len(grant_ids), BATCH):
        keys = grant_ids[start : start + BATCH].tolist()
        grants = list(Grant.objects.filter(pk__in=keys))
        texts |= dict(zip([grant.pk for grant in grants], corpus_of(grants).texts, strict=True))
    return [texts.get(key, "") for key in grant_ids.tolist()]


def _priorities(
    waiting: Waiting,
    order: Rows,
    streams: list[str],
    asked: Mapping[int, int],
    reasons: Reasons,
    goes_on: Callable[[], bool],
    is_whole: bool,
) -> Iterator[Priority]:
    highest = 1 if is_whole else 2
    for start in range(0, len(order), BATCH):
        if not goes_on():
            return
        places = range(start, min(start + BATCH, len(order)))
        chosen = [
            Chosen(
                int(waiting.grant_ids[row]),
                streams[place],
                bool(waiting.speaks[row]),
                asked.get(row, int(waiting.covers[row])),
                row in asked,
            )
            for place, row in zip(places, order[start : start + BATCH].tolist(), strict=True)
        ]
        words = reasons.of(chosen, in_detail=start < NAMED)
        for place, one, reason in zip(places, chosen, words, strict=True):
            value, n_done = highest - place / len(order), int(waiting.n_done[order[place]])
            yield Priority(one.grant_id, value, one.stream, reason, n_done)
