"""Every option that runs here keeps one contract: learns, answers, is kept as a file, costs."""

import subprocess
import sys

import numpy as np
import pytest
import skops.io

from classifier.backends.fasttext import FASTTEXTS, NothingLearned
from classifier.backends.options import OPTIONS as OPTIONS_BY_NAME
from classifier.backends.options import NoSuchOption, made
from classifier.backends.protocol import Load, Snapshot
from classifier.backends.scikit_learn import CLASSICAL, Production
from classifier.backends.trials import NAMES
from classifier.ml.artifacts import CorruptArtifact
from classifier.ml.costs import Seconds, Serving
from classifier.ml.holdout import LabelledTexts
from tests.classifier.ml.examples import corpus, topic_categories, topic_grants

OPTIONS = [Production(), *CLASSICAL.values(), *FASTTEXTS.values()]


def labelled(texts, y, known=None):
    names = [f"G-{row}" for row in range(len(y))]
    return LabelledTexts(names, texts, y, np.ones(y.shape, bool) if known is None else known)


def snapshot(n=60, known=None, seed=0):
    texts, y = topic_grants(n)
    return Snapshot(topic_categories(), labelled(texts, y, known), texts, seed)


@pytest.fixture(params=OPTIONS, ids=lambda option: option.name)
def option(request):
    return request.param


def test_what_was_learned_is_found_in_new_texts_and_comes_back_from_its_file(option):
    model = option.fit(snapshot())
    new, y = topic_grants(30, seed=9)
    proba = model.predict_proba(new)
    assert proba.shape == y.shape and proba.dtype == np.float32
    assert (proba.argmax(axis=1) == y.argmax(axis=1)).mean() > 0.9
    ticked = model.decide(proba, at_least_one=True)
    assert (ticked == y).all(axis=1).mean() > 0.8
    kept = option.load(option.dump(model))
    assert np.array_equal(kept.predict_proba(new), proba)
    assert np.array_equal(kept.decide(proba), model.decide(proba))


def test_the_same_seed_gives_the_same_model(option):
    new, _ = topic_grants(9, seed=4)
    first, second = (option.fit(snapshot()).predict_proba(new) for _ in range(2))
    assert np.array_equal(first, second)


def test_an_answer_nobody_gave_teaches_nothing(option):
    known = np.ones((60, 3), dtype=bool)
    known[::4, 1] = False
    texts, y = topic_grants(60)
    other = np.where(known, y, 1 - y)
    models = [
        option.fit(Snapshot(topic_categories(), labelled(texts, answers, known), texts))
        for answers in (y, other)
    ]
    new, _ = topic_grants(9, seed=4)
    first, second = (model.predict_proba(new) for model in models)
    assert np.array_equal(first, second)


def test_without_any_label_it_still_answers_or_says_that_it_learns_nothing(option):
    texts, y = topic_grants(12)
    nothing = labelled(texts, np.zeros_like(y), np.zeros(y.shape, dtype=bool))
    bare = Snapshot(topic_categories(), nothing, texts)
    if option.name in FASTTEXTS:
        with pytest.raises(NothingLearned, match="learns nothing from these 12 texts"):
            option.fit(bare)
    else:
        assert np.isfinite(option.fit(bare).predict_proba(texts)).all()
    assert len(option.fit(snapshot()).predict_proba(corpus())) == 0


def test_a_damaged_file_and_one_that_asks_for_code_are_refused(option):
    with pytest.raises(CorruptArtifact, match="cannot be read"):
        option.load(b"no file of ours")
    with pytest.raises(CorruptArtifact, match="is refused"):
        option.load(skops.io.dumps({"format": 1, "run": np.testing.assert_equal}))


def test_a_month_costs_what_its_texts_and_trainings_take(option):
    fit = Seconds(wall=99.0, cpu=36.0)
    serving = Serving(1.0, 1.0, 1.0, batch_texts_per_cpu_second=100.0, artifact_mb=1.0)
    cost = option.cost(Load(720_000, 100, 0.5), fit, serving)
    assert cost.hours_a_month == pytest.approx(2.0 + 1.0)
    assert cost.price_a_month == pytest.approx(1.5)
    assert option.cost(Load(1, 1), fit, serving).price_a_month is None


def test_it_says_what_it_is_and_that_nothing_leaves(option):
    said = option.describe()
    assert said.method and said.reads
    assert said.leaves.startswith("nothing")


@pytest.mark.parametrize("option", CLASSICAL.values(), ids=lambda option: option.name)
def test_one_family_does_not_read_the_file_of_another(option):
    names = list(CLASSICAL)
    other = CLASSICAL[names[names.index(option.name) - 1]]
    with pytest.raises(CorruptArtifact, match="it holds"):
        option.load(other.dump(other.fit(snapshot(12))))


@pytest.mark.django_db  # whether texts may leave is a row of the site
def test_each_is_made_by_its_name_and_what_is_not_there_is_said():
    for name, option in OPTIONS_BY_NAME.items():
        assert option.name == name and option.words
        if not option.wants():
            assert made(name).name == name
    assert {"production", *CLASSICAL} <= set(OPTIONS_BY_NAME)
    with pytest.raises(NoSuchOption, match="no backend 'oracle'"):
        made("oracle")


def test_names_are_told_without_loading_any_library():
    asks = "import sys, classifier.backends.options; print('numpy' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", asks], capture_output=True, check=True)
    assert told.stdout.split() == [b"False"]


def test_probabilities_of_unseen_texts_come_with_the_model_and_not_with_its_file(option):
    model = option.fit(snapshot())
    assert model.proba_oof_.shape == (60, 3)
    seen = model.predict_proba(topic_grants(60)[0])
    assert not np.array_equal(model.proba_oof_, seen)
    assert getattr(option.load(option.dump(model)), "proba_oof_", None) is None


def test_calibration_rests_on_texts_that_were_drawn_at_random(option):
    texts, y = topic_grants(90)
    tune, asked = np.arange(90) >= 30, labelled(texts, y)
    some = option.fit(Snapshot(topic_categories(), asked, texts, tune=tune))
    every = option.fit(Snapshot(topic_categories(), asked, texts))
    assert not np.array_equal(some.predict_proba(texts), every.predict_proba(texts))


def test_what_is_compared_is_every_option_that_runs_here():
    assert set(NAMES) == {"production", *CLASSICAL, *FASTTEXTS}
