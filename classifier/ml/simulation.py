"""What a way of choosing would have saved: annotation replayed on grants whose labels are known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from classifier.ml.baselines import Suggested
from classifier.ml.batches import in_batches
from classifier.ml.evaluation import evaluate
from classifier.ml.holdout import LabelledTexts
from classifier.ml.mixing import mix
from classifier.ml.pool import Pool
from classifier.ml.querying import choose
from classifier.ml.sampling import RANDOM, STRATEGIES
from classifier.ml.text import CategoryText, Corpus

Rows = NDArray[np.int64]
FEW_EXAMPLES = 5
GIVEN = {"thresholds", "examples", "words", "amounts"}  # what ``_pool`` gives with any model
METRICS = ("micro_f1", "macro_f1", "hierarchical_f1", "recall_at_10")


@dataclass(frozen=True)
class Plan:
    """How many grants are labelled: first ``start`` by lot, then ``batch`` by ``batch``."""

    start: int
    batch: int
    budget: int

    def sizes(self, n_grants: int) -> list[int]:
        """Numbers of labels at which is measured: start + k x batch, as far as grants reach."""
        return list(range(self.start, min(self.budget, n_grants) + 1, self.batch))


@dataclass(frozen=True)
class Point:
    """One row of a curve. ``clicks``: all corrections so far, by the model before each label."""

    strategy: str
    seed: int
    labels: int
    micro_f1: float
    macro_f1: float
    hierarchical_f1: float
    recall_at_10: float
    categories_with_5: int
    decisions: int
    clicks: int

    def as_json(self) -> dict[str, Any]:
        """The same as a dict."""
        return asdict(self)


class Model(Protocol):
    """What a simulation asks of a fitted model."""

    thresholds: NDArray[np.float64]

    def answers(self, corpus: Corpus) -> Suggested:
        """Probabilities and ticks, shape (n_texts, n_categories)."""

    def more(self, corpus: Corpus, needs: set[str]) -> dict[str, Any]:
        """Fields of a :class:`Pool` that only the model knows (``members``, ``reach``)."""


# Learns from these texts; the mask says which of them may tune thresholds and calibration.
Fit = Callable[[LabelledTexts, NDArray[np.bool_]], Model]


@dataclass(frozen=True)
class Standing:
    """Where a run stands: all that it needs to go on from there to the same end.

    ``chosen``: rows of the pool in the order they were labelled in. ``clicks``: so far.
    """

    chosen: Rows
    clicks: int


AT_THE_START = Standing(np.array([], dtype=np.int64), 0)


@dataclass(frozen=True)
class World:
    """All that stays the same in every run.

    ``words``: how far each text of the pool speaks each category's words, float32 of shape
    (n_pool, n_categories). ``vectors``: of :func:`classifier.ml.batches.text_vectors`.
    """

    categories: list[CategoryText]
    pool: LabelledTexts
    test: LabelledTexts
    words: NDArray[np.float32]
    vectors: NDArray[np.float32]
    amounts: NDArray[np.float64]


def simulate(
    world: World, fit: Fit, name: str, shares: Mapping[str, float], seed: int, plan: Plan
) -> Iterator[Point]:
    """Choose, label, learn, measure, again and again.

    Only labels of chosen grants are ever looked at before the measuring; a test swaps all others.

    Parameters
    ----------
    world : World
    fit : callable
    name : str
        Of the mix, for the rows.
    shares : mapping of str to float
        The mix: strategy to its share.
    seed : int
        Of the lots: the first grants and the random stream are the same for every mix.
    plan : Plan

    Yields
    ------
    Point
        After the start and after each batch.
    """
    for point, _ in steps(world, fit, name, shares, seed, plan):
        yield point


def steps(
    world: World,
    fit: Fit,
    name: str,
    shares: Mapping[str, float],
    seed: int,
    plan: Plan,
    after: Standing = AT_THE_START,
) -> Iterator[tuple[Point, Standing]]:
    """As :func:`simulate`, with where the run stands at each point.

    A run that was cut off goes on from ``after``: the points that follow are the same to the
    digit as they would have been.
    """
    n = len(world.pool)
    lots = np.random.default_rng(seed).random(n)
    first = np.argsort(lots)[: plan.start]
    # The random stream is settled before any model, as on the site.
    is_random = _redrawn(lots, seed) < shares.get(RANDOM, 0.0)
    tunes = is_random.copy()
    tunes[first] = True
    chosen, clicks = after.chosen, after.clicks
    model = fit(world.pool.take(chosen), tunes[chosen])
    for size in plan.sizes(n):
        if size <= len(chosen):
            continue
        if not len(chosen):
            batch = first
        else:
            batch = _next(world, model, shares, is_random, chosen, size - len(chosen), seed)
        clicks += _corrections(world.pool.take(batch), model)
        chosen = np.concatenate([chosen, batch])
        labelled = world.pool.take(chosen)
        model = fit(labelled, tunes[chosen])
        yield _point(world, model, name, seed, labelled, clicks), Standing(chosen, clicks)


def _redrawn(lots: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """Lots of the random stream, independent of who was among the first."""
    return np.random.default_rng([seed, 1]).random(len(lots))


def _next(
    world: World,
    model: Model,
    shares: Mapping[str, float],
    is_random: NDArray[np.bool_],
    chosen: Rows,
    n: int,
    seed: int,
) -> Rows:
    left = np.setdiff1d(np.arange(len(world.pool)), chosen)
    rng = np.random.default_rng([seed, len(chosen)])
    drawn, rest = left[is_random[left]], left[~is_random[left]]
    lots = np.random.default_rng([seed, 2]).random(len(world.pool))
    ranked = {RANDOM: drawn[np.argsort(lots[drawn])]} if RANDOM in shares else {}
    others = [stream for stream in shares if stream != RANDOM]
    if others and len(rest):
        pool = _pool(world, model, rest, chosen, others)
        for stream in others:
            best = rest[choose(pool, len(rest), STRATEGIES[stream], rng)]
            ranked[stream] = in_batches(best, world.vectors, n, 1)
    order, _ = mix({stream: ranked.get(stream, rest[:0]) for stream in shares}, shares)
    return order[:n]


def _pool(world: World, model: Model, rows: Rows, chosen: Rows, streams: list[str]) -> Pool:
    needs = {need for stream in streams for need in STRATEGIES[stream].needs}
    corpus = world.pool.corpus.take(rows)
    known = world.pool.known[chosen]
    return Pool(
        proba=model.answers(corpus).proba,
        thresholds=model.thresholds,
        examples=(world.pool.y[chosen] * known).sum(axis=0),
        words=world.words[rows],
        amounts=world.amounts[rows],
        **model.more(corpus, needs),
    )


def _corrections(batch: LabelledTexts, model: Model) -> int:
    wrong = (batch.y == 1) ^ model.answers(batch.corpus).decided
    return int((wrong & batch.known).sum())


def _point(
    world: World, model: Model, name: str, seed: int, labelled: LabelledTexts, clicks: int
) -> Point:
    said = model.answers(world.test.corpus)
    found = evaluate(
        world.test.y, world.test.known, said.proba, said.decided, world.categories, n_boot=0
    )
    examples = (labelled.y * labelled.known).sum(axis=0)
    return Point(
        strategy=name,
        seed=seed,
        labels=len(labelled),
        **{metric: getattr(found, metric).value for metric in METRICS},
        categories_with_5=int((examples >= FEW_EXAMPLES).sum()),
        decisions=int(examples.sum()),
        clicks=clicks,
    )
