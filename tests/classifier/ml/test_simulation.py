"""Annotation replayed: the same to the digit, honest about what it may know, counted right."""

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from classifier.ml.batches import text_vectors
from classifier.ml.holdout import LabelledTexts
from classifier.ml.lexical import LexicalMatcher
from classifier.ml.mixes import LEAST_RANDOM, MIXES, mix_named
from classifier.ml.savings import COSTS, corrections, savings
from classifier.ml.simulated import Production, plain, production
from classifier.ml.simulation import METRICS, Plan, Point, World, simulate, steps
from classifier.ml.text import CategoryText, Corpus

WORDS = ["rowing", "pottery", "choir", "chess", "gardening"]
PLAN = Plan(start=20, batch=10, budget=60)


@pytest.fixture(scope="module")
def world():
    """Texts about five matters, one of them rare, each with words of its own and many of none."""
    rng = np.random.default_rng(5)
    categories = [
        CategoryText(f"C{n}", "subject", word.title(), (), "", "", (), "", "")
        for n, word in enumerate(WORDS)
    ]

    def texts(n, prefix):
        y = np.zeros((n, len(WORDS)), dtype=np.int64)
        y[np.arange(n), rng.choice(len(WORDS), size=n, p=[0.4, 0.3, 0.15, 0.1, 0.05])] = 1
        fillers = np.array([f"word{i}" for i in range(200)])
        said = [
            " ".join([*rng.choice(fillers, 12), *(f"{WORDS[row.argmax()]}{k}" for k in
                      rng.integers(8, size=3)), *([WORDS[row.argmax()]] * int(rng.random() < 0.5))])
            for row in y
        ]  # fmt: skip
        names = [f"{prefix}{i}" for i in range(n)]
        return LabelledTexts(names, Corpus(said, names, ["p"] * n), y, np.ones(y.shape, dtype=bool))

    pool, test = texts(150, "a"), texts(60, "t")
    terms = TfidfVectorizer().fit_transform(pool.corpus.texts)
    return World(
        categories=categories,
        pool=pool,
        test=test,
        words=LexicalMatcher(categories).fit(pool.corpus).predict_proba(pool.corpus),
        vectors=text_vectors(terms, 0, 20),
        amounts=rng.uniform(1_000, 9_000, size=150),
    )


def run(world, name, seed=0, pool=None, plan=PLAN):
    """The points, and the grants in the order they were chosen in."""
    chosen = []
    learn = plain(world.pool.corpus)

    def fit(labelled, tunes):
        chosen[:] = labelled.references
        return learn(labelled, tunes)

    seen = world if pool is None else World(**{**vars(world), "pool": pool})
    return list(simulate(seen, fit, name, MIXES[name], seed, plan)), list(chosen)


@pytest.mark.parametrize("name", ["random", "default", "half_margin", "value", "modal_avg_score"])
def test_labels_are_the_start_and_so_many_batches_and_no_grant_comes_twice(world, name):
    points, chosen = run(world, name)
    assert [point.labels for point in points] == [20, 30, 40, 50, 60]
    assert len(set(chosen)) == len(chosen) == 60


def test_the_same_seed_gives_the_same_to_the_digit_and_another_one_does_not(world):
    assert run(world, "default") == run(world, "default")
    assert run(world, "default") != run(world, "default", seed=1)


@pytest.mark.parametrize("name", ["random", "default"])
def test_a_run_that_was_cut_off_goes_on_to_the_same_digit(world, name):
    whole = list(steps(world, plain(world.pool.corpus), name, MIXES[name], 3, PLAN))
    for point, standing in whole[:-1]:
        fit = plain(world.pool.corpus)
        rest = list(steps(world, fit, name, MIXES[name], 3, PLAN, standing))
        assert [p for p, _ in rest] == [p for p, _ in whole if p.labels > point.labels]
        assert rest[-1][1].chosen.tolist() == whole[-1][1].chosen.tolist()


def test_every_mix_starts_with_the_same_grants(world):
    starts = {tuple(run(world, name)[1][:20]) for name in ("random", "default", "least_confident")}
    assert len(starts) == 1


@pytest.mark.parametrize("name", ["default", "coverage", "macro_gain", "modal_uncertainty"])
def test_labels_of_grants_not_chosen_are_never_looked_at(world, name):
    _, chosen = run(world, name)
    others = ~np.isin(world.pool.references, chosen)
    swapped = world.pool.y.copy()
    swapped[others] = 1 - swapped[others]
    pool = LabelledTexts(world.pool.references, world.pool.corpus, swapped, world.pool.known)
    assert run(world, name, pool=pool)[1] == chosen


def test_clicks_count_each_grant_with_the_model_that_stood_before_it_was_labelled(world):
    points, _ = run(world, "random")
    # Before the first label the plain model ticks nothing, so every right category is a click.
    assert points[0].clicks == 20
    clicks = [point.clicks for point in points]
    assert clicks == sorted(clicks)
    assert all(point.decisions == point.labels for point in points)  # one category a text


def test_a_pool_that_is_smaller_than_the_budget_ends_the_run(world):
    points, _ = run(world, "random", plan=Plan(20, 50, 1_000))
    assert [point.labels for point in points] == [20, 70, 120]


def test_the_production_classifier_is_told_no_label_of_a_grant_not_chosen(world):
    chosen, told = [], []
    for swap in (False, True):
        pool = world.pool
        if swap:
            others = ~np.isin(pool.references, chosen[0])
            y = np.where(others[:, None], 1 - pool.y, pool.y)
            pool = LabelledTexts(pool.references, pool.corpus, y, pool.known)
        learn = production(world.categories, {"prior": "none"}, pool.corpus, 0)
        order = []

        def fit(labelled, tunes, learn=learn, order=order):
            order[:] = labelled.references
            return learn(labelled, tunes)

        played = World(**{**vars(world), "pool": pool})
        told.append(list(simulate(played, fit, "default", MIXES["default"], 0, Plan(20, 10, 40))))
        chosen.append(order)
    assert chosen[0] == chosen[1]
    assert told[0] == told[1]


def test_texts_read_once_are_answered_as_the_classifier_answers_them(world):
    learn = production(world.categories, {"prior": "none"}, world.pool.corpus, 0)
    for n in (20, 40):
        model = learn(world.pool.take(np.arange(n)), np.ones(n, dtype=bool))
        for corpus in (world.test.corpus, world.pool.corpus.take([7, 3]), Corpus([], [], [])):
            np.testing.assert_array_equal(
                model.answers(corpus).proba, model.model.predict_proba(corpus)
            )


def test_the_production_classifier_says_what_each_strategy_needs(world):
    learn = production(world.categories, {"prior": "none"}, world.pool.corpus, 0)
    names = ["half_stacker_gain", "half_committee"]
    for name in names:
        points = list(simulate(world, learn, name, MIXES[name], 0, Plan(20, 20, 40)))
        assert [point.labels for point in points] == [20, 40]
    model = learn(world.pool.take(np.arange(30)), np.ones(30, dtype=bool))
    assert isinstance(model, Production)
    more = model.more(world.pool.corpus, {"members", "reach"})
    assert more["reach"].shape == (150, 5) and (more["reach"] > 0).all()
    assert len(more["members"]) == 3
    assert all(((part >= 0) & (part <= 1)).all() for part in more["members"])


def test_the_default_mix_is_never_without_a_lot():
    assert mix_named("default")["random"] >= LEAST_RANDOM
    assert sum(mix_named("default").values()) == pytest.approx(1)


def test_an_unknown_mix_is_refused_with_the_names_there_are():
    with pytest.raises(ValueError, match=r"no strategy 'best'.*least_confident"):
        mix_named("best")


def curve(strategy, seed, values):
    return [
        Point(strategy, seed, 100 * (1 + k), *[value] * len(METRICS), 0, 0, 0)
        for k, value in enumerate(values)
    ]


def test_a_saving_is_the_share_of_labels_to_the_last_score_of_random():
    random = curve("random", 0, [0.1, 0.2, 0.3, 0.4, 0.4, 0.4])
    faster = curve("twice", 0, [0.4, 0.4, 0.4, 0.4, 0.4, 0.4])
    [saving, *_] = savings([*random, *faster])
    assert (saving.strategy, saving.metric) == ("twice", "micro_f1")
    assert saving.saving == pytest.approx(1 - 100 / 600)
    assert saving.low is None and "one run" in saving.in_words()


def test_a_strategy_that_never_gets_there_is_said_so():
    points = [*curve("random", 0, [0.1, 0.4, 0.4, 0.4]), *curve("worse", 0, [0.1, 0.2, 0.2, 0.3])]
    [saving, *_] = savings(points)
    assert saving.saving is None and saving.reached == 0
    assert saving.in_words() == "worse: never as good as random on micro-F1."


def test_an_interval_over_seeds_that_holds_nothing_is_not_better_than_random():
    points = []
    for seed, values in enumerate(([0.4, 0.4, 0.4, 0.4], [0.1, 0.2, 0.3, 0.3])):
        points += curve("random", seed, [0.1, 0.4, 0.4, 0.4])
        points += curve("shaky", seed, values)
    [saving, *_] = savings(points)
    assert saving.low <= 0 < saving.saving
    assert saving.in_words().startswith("shaky: not better than random on micro-F1")


def test_without_random_nothing_can_be_told_against_it():
    alone = curve("alone", 0, [0.1, 0.2])
    assert savings(alone) == [] and corrections(alone) == []
    assert savings([*alone, *curve("random", 1, [0.1, 0.2])]) == []  # other first grants


def paying(strategy, seed, labels_and_scores, clicks):
    return [
        Point(strategy, seed, labels, *[score] * len(METRICS), 0, 2 * labels, labels * clicks)
        for labels, score in labels_and_scores
    ]


def test_a_saving_of_labels_may_be_none_of_clicks():
    random = paying("random", 0, [(100 * k, 0.4 if k > 3 else 0.1) for k in range(1, 7)], clicks=1)
    hard = paying("hard", 0, [(100 * k, 0.4) for k in range(1, 7)], clicks=6)
    both = [*random, *hard]
    told = {cost: savings(both, cost)[0].saving for cost in COSTS}
    assert told == {
        "labels": pytest.approx(1 - 100 / 600),
        "decisions": pytest.approx(1 - 200 / 1200),
        "clicks": pytest.approx(0),
    }
    [more] = corrections(both)
    assert more.more == pytest.approx(5.0)
    assert more.in_words() == "hard: +500% correction clicks against random."


def test_a_cost_that_is_none_is_refused():
    points = [*curve("a", 0, [0.1, 0.2]), *curve("random", 0, [0.1, 0.2])]
    with pytest.raises(ValueError, match=r"no cost 'euros'.*labels, decisions, clicks"):
        savings(points, "euros")
