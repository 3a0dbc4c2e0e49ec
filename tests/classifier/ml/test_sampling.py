"""Query strategies: one contract for all, and what each of them prefers."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from classifier.ml import pool as pool_module
from classifier.ml.pool import Pool
from classifier.ml.querying import choose, utilities
from classifier.ml.sampling import RANDOM, STRATEGIES, strategy

N, M = 40, 4
MATRICES = ("proba", "words", "reach")


@pytest.fixture
def pool():
    rng = np.random.default_rng(1)

    def matrix(low, high):
        return rng.uniform(low, high, size=(N, M)).astype(np.float32)

    return Pool(
        proba=matrix(0.05, 0.6),
        lots=rng.random(N),
        thresholds=np.array([0.3, 0.2, 0.45, 0.25]),
        examples=np.array([900, 0, 3, 12]),
        words=matrix(0.0, 1.0),
        members=(matrix(0.05, 0.6), matrix(0.05, 0.6)),
        reach=matrix(1.0, 9.0),
        amounts=rng.uniform(500, 90_000, size=N),
    )


def with_a_sure_grant(pool):
    """One more: of the category that has 900 examples and nothing else, all parts agreeing."""
    sure = np.eye(1, M, dtype=np.float32)
    return replace(
        pool,
        proba=np.vstack([pool.proba, sure]),
        lots=np.append(pool.lots, 0.5),
        words=np.vstack([pool.words, sure]),
        members=tuple(np.vstack([member, sure]) for member in pool.members),
        reach=np.vstack([pool.reach, np.full((1, M), 5)]),
        amounts=np.append(pool.amounts, 1_000_000),
    )


def rows_of(pool, rows):
    return pool.take(np.asarray(rows))


every = pytest.mark.parametrize("by", STRATEGIES.values(), ids=STRATEGIES)


@every
def test_a_strategy_says_its_name_its_reason_and_its_source(by):
    assert by.name and by.reason.endswith(".") and by.source


@every
def test_a_strategy_gives_each_grant_one_finite_utility_from_0_on(by, pool):
    utility = by(pool)
    assert utility.shape == (N,) and utility.dtype == np.float64
    assert np.isfinite(utility).all() and (utility >= 0).all()


@every
def test_a_strategy_gives_the_same_twice_and_leaves_the_pool_alone(by, pool):
    before = pool.take(slice(None)).proba.copy()
    assert (by(pool) == by(pool)).all()
    assert (pool.proba == before).all()


# modAL's that count ticks, and the one for which every sure "no" makes a grant uncertain.
CRUDE = ("modal_max_loss", "modal_mean_max_loss", "modal_min_confidence")
about_doubt = [
    by for by in STRATEGIES.values() if not by.prefers_sure and by.name not in (RANDOM, *CRUDE)
]


@pytest.mark.parametrize("by", about_doubt, ids=lambda by: by.name)
def test_a_sure_grant_scores_lowest(by, pool):
    assert by(with_a_sure_grant(pool)).argmin() == N


@pytest.mark.parametrize(
    "by", [by for by in STRATEGIES.values() if by.prefers_sure], ids=lambda by: by.name
)
def test_what_modal_takes_for_confidence_prefers_the_surest(by, pool):
    doubled = replace(pool, proba=np.minimum(1, pool.proba + np.float32(0.5)))
    assert (by(doubled) > by(pool)).all()


def test_for_the_minimal_confidence_every_sure_no_is_a_doubt(pool):
    utility = STRATEGIES["modal_min_confidence"](with_a_sure_grant(pool))
    assert utility.argmax() == N


@every
def test_the_order_of_the_grants_does_not_matter(by, pool):
    rows = np.random.default_rng(2).permutation(N)
    assert by(rows_of(pool, rows)) == pytest.approx(by(pool)[rows])


@every
def test_the_order_of_the_categories_does_not_matter(by, pool):
    turned = replace(
        pool,
        **{name: getattr(pool, name)[:, ::-1] for name in MATRICES},
        thresholds=pool.thresholds[::-1],
        examples=pool.examples[::-1],
        members=tuple(member[:, ::-1] for member in pool.members),
    )
    assert by(turned) == pytest.approx(by(pool), rel=1e-5)


@every
def test_stored_suggestions_give_what_the_whole_matrix_gives(by, pool):
    kept = replace(pool, proba=np.where(pool.proba < 0.2, 0, pool.proba).astype(np.float32))
    stored = replace(
        kept,
        **{name: sparse.csr_array(getattr(kept, name)) for name in MATRICES},
        members=tuple(sparse.csr_array(member) for member in kept.members),
    )
    assert utilities(stored, by) == pytest.approx(utilities(kept, by))


@every
def test_a_pool_read_in_parts_gives_the_same(by, pool, monkeypatch):
    whole = utilities(pool, by)
    monkeypatch.setattr(pool_module, "CHUNK", 15)
    assert utilities(pool, by) == pytest.approx(whole)


@every
def test_choosing_through_modal_takes_the_highest_utilities_best_first(by, pool):
    utility = by(pool)
    for n in (1, 2, N):  # two rows: modAL takes a bare pair for rows and metrics
        chosen = choose(pool, n, by, np.random.default_rng(0))
        assert len(set(chosen.tolist())) == n
        assert (utility[chosen] == -np.sort(-utility)[:n]).all()


@every
def test_what_a_strategy_lacks_is_named(by, pool):
    for name in by.needs:
        with pytest.raises(ValueError, match=f"{by.name} needs .*{name}"):
            by(replace(pool, **{name: None}))


def test_ties_fall_at_random_and_the_seed_decides():
    same = Pool(np.full((50, 2), 0.5, dtype=np.float32))
    least = STRATEGIES["least_confident"]
    first, again, other = (
        choose(same, 50, least, np.random.default_rng(seed)).tolist() for seed in (0, 0, 1)
    )
    assert first == again != other
    assert first != sorted(first)


@pytest.mark.parametrize("n", [0, N + 1])
def test_asking_for_more_than_the_pool_or_for_nothing_is_refused(n, pool):
    with pytest.raises(ValueError, match=f"Asked for {n} grants of a pool of {N}"):
        choose(pool, n, STRATEGIES["least_confident"], np.random.default_rng(0))


def test_two_strategies_of_one_name_are_refused():
    with pytest.raises(ValueError, match="random"):
        strategy(RANDOM, "Again.", "nobody")(lambda pool: pool.lots)


def best(name, pool):
    return int(STRATEGIES[name](pool).argmax())


def test_each_strategy_prefers_what_it_is_for():
    # Rows: unsure of all; near the threshold of category 0; speaks the words of category 1,
    # that has no example; likely an example of it; open about it; members disagree; money.
    proba = np.array(
        [[0.1, 0.01], [0.5, 0.01], [0.8, 0.01], [0.8, 0.9], [0.8, 0.5], [0.8, 0.01], [0.7, 0.01]]
    )
    words = np.zeros((7, 2))
    words[2, 1], words[3, 0] = 0.4, 1.0
    other = proba.copy()
    other[5, 0] = 0.05
    pool = Pool(
        proba=proba.astype(np.float32),
        lots=np.array([0, 0, 0, 0, 0, 0, 1.0]),
        thresholds=np.array([0.5, 0.95]),
        examples=np.array([900, 0]),
        words=words,
        members=(proba, other),
        reach=np.where(np.arange(14).reshape(7, 2) == 2, 50.0, 1.0),
        amounts=np.array([1e3, 1e3, 1e3, 1e3, 1e3, 1e3, 1e6]),
    )
    assert best("least_confident", pool) == 0
    assert best("margin", pool) == 1
    assert best("stacker_gain", pool) == 1
    assert best("coverage", pool) == 2
    assert best("rare_category", pool) == 3
    assert best("macro_gain", pool) == 4
    assert best("mean_entropy", pool) == 4
    assert best("committee", pool) == 5
    assert best("value", pool) == 6
    assert best(RANDOM, pool) == 6
