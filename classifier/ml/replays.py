"""Simulated runs one after the other or several at a time, the same figures in either way."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # scikit-learn brings it

from classifier.ml.holdout import LabelledTexts, Report
from classifier.ml.mixes import mix_named
from classifier.ml.simulated import PLAIN, plain, production
from classifier.ml.simulation import AT_THE_START, Fit, Plan, Point, Standing, World, steps
from classifier.ml.text import CategoryText
from classifier.ml.worlds import held_out, world_of

Run = tuple[str, int]  # name of the mix, seed


class RunLost(Exception):
    """A run has not come to its end."""


@dataclass(frozen=True)
class Setting:
    """What all runs share.

    Attributes
    ----------
    categories : list of CategoryText
    pool : LabelledTexts
        Every text with an answer.
    amounts : ndarray of shape (n_pool,)
        Money.
    test : LabelledTexts or None
        Without it a quarter of the pool is held out, another one for the next seed.
    plan : Plan
    model : {"production", "plain"}
    prior : str
        Start weights of the production model (:mod:`classifier.ml.priors`).
    use_rules : bool
        Whether the production model reads keyword rules.
    """

    categories: list[CategoryText]
    pool: LabelledTexts
    amounts: NDArray[np.float64]
    test: LabelledTexts | None
    plan: Plan
    model: str
    prior: str
    use_rules: bool

    def world(self, seed: int) -> World:
        """The pool and the test of the run of this seed."""
        if self.test is not None:
            return world_of(self.categories, self.pool, self.test, self.amounts)
        held = held_out(self.pool.corpus, seed)
        left, measured = np.flatnonzero(~held), np.flatnonzero(held)
        return world_of(
            self.categories, self.pool.take(left), self.pool.take(measured), self.amounts[left]
        )

    def smallest_pool(self, n_seeds: int) -> int:
        """How many grants there are to choose from in each run."""
        if self.test is not None:
            return len(self.pool)
        held = (int(held_out(self.pool.corpus, seed).sum()) for seed in range(n_seeds))
        return len(self.pool) - max(held)

    def fit(self, world: World, seed: int) -> Fit:
        """How the model learns; what no label changes is learned now."""
        if self.model == PLAIN:
            return plain(world.pool.corpus)
        parameters = {"prior": self.prior, "use_rules": self.use_rules}
        return production(world.categories, parameters, world.pool.corpus, seed)


class Player:
    """Plays runs; the world of a seed is kept for the next run with it."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.seed: int | None = None
        self.prepared: tuple[World, Fit] | None = None

    def play(self, run: Run) -> Iterator[Point]:
        """The points of one run, as they come."""
        for point, _ in self.play_on(run, AT_THE_START):
            yield point

    def play_on(self, run: Run, after: Standing) -> Iterator[tuple[Point, Standing]]:
        """The points that follow, each with where the run stands then."""
        name, seed = run
        world, fit = self._prepared(seed)
        yield from steps(world, fit, name, mix_named(name), seed, self.setting.plan, after)

    def _prepared(self, seed: int) -> tuple[World, Fit]:
        if self.prepared is None or self.seed != seed:
            self.prepared = None  # two worlds at once would need twice the memory
            world = self.setting.world(seed)
            self.seed, self.prepared = seed, (world, self.setting.fit(world, seed))
        return self.prepared


def played(
    setting: Setting, waiting: Sequence[Run], n_processes: int, report: Report
) -> Iterator[tuple[Run, list[Point]]]:
    """Every run with its points, as each is done.

    Raises
    ------
    RunLost
        A process has ended before its run; what was told before is whole.
    """
    if n_processes > 1 and len(waiting) > 1:
        yield from _side_by_side(setting, waiting, n_processes, report)
        return
    player = Player(setting)
    for number, run in enumerate(waiting):
        words, points = f"{run[0]}, run {run[1] + 1}", []
        report(words, number / len(waiting))
        for point in player.play(run):
            points.append(point)
            done = min(point.labels / setting.plan.budget, 1)
            report(words, (number + done) / len(waiting))
        yield run, points


def _side_by_side(
    setting: Setting, waiting: Sequence[Run], n_processes: int, report: Report
) -> Iterator[tuple[Run, list[Point]]]:
    n = min(n_processes, len(waiting))
    report(f"{len(waiting)} runs in {n} processes", 0.0)
    # A forked process would inherit locks that some thread holds. A new one imports this module
    # anew, so nothing here may need what only the running program has set up.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(n, context, _begin, (setting,)) as pool:
        futures = {pool.submit(_play, run): run for run in waiting}
        for number, future in enumerate(as_completed(futures), start=1):
            try:
                points = future.result()
            except BrokenProcessPool as error:
                raise RunLost(
                    f"One of {n} processes was ended before its run, for want of memory perhaps. "
                    "Play fewer at a time."
                ) from error
            name, seed = futures[future]
            report(f"{name}, run {seed + 1}", number / len(waiting))
            yield (name, seed), points


_players: list[Player] = []  # of a process of its own: made at its beginning


def _begin(setting: Setting) -> None:
    threadpool_limits(limits=1)
    _players.append(Player(setting))


def _play(run: Run) -> list[Point]:
    return list(_players[0].play(run))
