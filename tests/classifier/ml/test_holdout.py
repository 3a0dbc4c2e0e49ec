"""Measuring on unseen texts: what is learned from, what is only known, what stays out."""

import json

import numpy as np
import pytest

from classifier.ml.curve import Run, curve, default_sizes, runs_of
from classifier.ml.holdout import (
    LabelledTexts,
    Recipe,
    by_cross_validation,
    drawn,
    on_test_file,
    seen_before,
)
from classifier.ml.sheet import KEYS, sheet
from classifier.ml.text import Corpus
from tests.classifier.ml.examples import corpus, topic_categories, topic_grants

NOTHING = Corpus((), (), ())


def quiet(words, share):
    assert words
    assert 0 <= share <= 1


def labelled(n=60, seed=0, first=0):
    texts, y = topic_grants(n, seed)
    numbered = Corpus(texts.texts, [f"Recipient {first + i}" for i in range(n)], texts.batches)
    references = [f"G{first + i}" for i in range(n)]
    return LabelledTexts(references, numbered, y, np.ones(y.shape, dtype=bool))


@pytest.fixture
def recipe():
    return Recipe(topic_categories(), {})


@pytest.fixture
def fits(monkeypatch):
    """What every fit of a recipe was given: (labelled texts, background)."""
    given = []
    fit = Recipe.fit

    def noted(self, train, background):
        given.append((train, background))
        return fit(self, train, background)

    monkeypatch.setattr(Recipe, "fit", noted)
    return given


def test_a_test_file_is_answered_by_a_model_of_the_other(recipe, fits):
    train, test = labelled(), labelled(30, seed=1, first=500)
    scored = on_test_file(recipe, train, test, corpus("A text more"), None, quiet)
    figures = sheet(scored, recipe.categories, 0)
    assert figures["micro_f1"]["value"] > 0.8
    assert figures["baselines"]["frequency"]["micro_f1"]["value"] < 0.5
    ((learned, background),) = fits
    assert learned.references == train.references
    assert list(background.texts) == [*train.corpus.texts, "A text more"]
    assert not set(test.corpus.texts) & set(background.texts)
    assert (figures["n_measured"], figures["n_labelled"], figures["n_background"]) == (30, 60, 61)


def test_rows_left_out_lend_their_texts_and_never_their_labels(recipe, fits):
    train, test = labelled(), labelled(12, first=500)
    first = on_test_file(recipe, train, test, NOTHING, 7, quiet)
    learned, background = fits[0]
    assert len(learned) == 7
    assert list(background.texts) == list(train.corpus.texts)
    # Every label that was not drawn is turned round, and nothing changes.
    is_drawn = np.isin(train.references, learned.references)[:, None]
    turned = np.where(is_drawn, train.y, 1 - train.y)
    train = LabelledTexts(train.references, train.corpus, turned, train.known)
    second = on_test_file(recipe, train, test, NOTHING, 7, quiet)
    assert (first.answers.proba == second.answers.proba).all()


def test_no_label_at_all_can_be_learned_from(recipe):
    train, test = labelled(), labelled(12, first=500)
    scored = on_test_file(recipe, train, test, NOTHING, 0, quiet)
    assert scored.n_labelled == 0
    assert scored.answers.proba.shape == (12, 3)
    assert np.isfinite(scored.answers.proba).all()


def test_lots_are_the_seed_s_and_fall_on_labelled_texts_only():
    train = labelled()
    train.known[:30] = False
    first, again, other = (drawn(train, 10, seed).references for seed in (1, 1, 2))
    assert first == again != other
    assert set(first) <= set(train.references[30:])
    assert drawn(train, None, 0).references == train.references[30:]
    assert len(drawn(train, 10_000, 0)) == 30


def test_folds_keep_recipients_and_equal_texts_together_and_out_of_the_learning(recipe, fits):
    plain = labelled()
    names = [f"Recipient {i // 3}" for i in range(60)]
    texts = [*plain.corpus.texts[:59], plain.corpus.texts[0].upper()]
    tied = Corpus(texts, names, plain.corpus.batches)
    train = LabelledTexts(plain.references, tied, plain.y, plain.known)
    scored = by_cross_validation(recipe, train, corpus("A text more"), None, quiet)
    assert len(fits) == 5
    assert scored.measured.references == train.references
    for learned, background in fits:
        assert seen_before(learned.corpus, train.take(_others(train, learned)).corpus) == 0
        assert list(background.texts) == [*learned.corpus.texts, "A text more"]
    assert sum(60 - len(learned) for learned, _ in fits) == 60
    assert scored.answers.decided.any()


def _others(whole, part):
    return np.flatnonzero(~np.isin(whole.references, part.references))


def test_folds_can_be_limited_too(recipe, fits):
    scored = by_cross_validation(recipe, labelled(), NOTHING, 9, quiet)
    assert [len(learned) for learned, _ in fits] == [9] * 5
    assert {len(background) for _, background in fits} == {48}
    assert scored.n_labelled == 9


def test_unlabelled_rows_of_the_file_are_background_in_every_fold(recipe, fits):
    train = labelled()
    train.known[:10] = False
    scored = by_cross_validation(recipe, train, NOTHING, None, quiet)
    assert len(scored.measured) == 50
    for learned, background in fits:
        assert set(train.corpus.texts[:10]) <= set(background.texts)
        assert not set(learned.references) & set(train.references[:10])


def test_an_empty_answer_takes_the_likeliest_category_unless_told_otherwise():
    train, test = labelled(), labelled(12, first=500)
    ticks = {}
    for as_ticked in (False, True):
        recipe = Recipe(topic_categories(), {}, as_ticked=as_ticked)
        model, _ = recipe.fit(train, train.corpus)
        model.thresholds_[:] = 1.1
        ticks[as_ticked] = recipe.answers(model, test.corpus).decided.sum()
    assert ticks == {False: 12, True: 0}


def test_texts_that_were_seen_are_counted():
    train = corpus("One text", "Another", recipients=["Shire", "Club"])
    test = corpus("ONE  TEXT", "New", "Newer", recipients=["A", "club", "C"])
    assert seen_before(train, test) == 2


def test_a_sheet_can_be_stored_and_holds_what_every_table_shows(recipe):
    scored = on_test_file(recipe, labelled(), labelled(12, first=500), NOTHING, None, quiet)
    stored = json.loads(json.dumps(sheet(scored, recipe.categories, 0), allow_nan=False))
    for key in KEYS.values():
        assert set(stored[key]) == {"value", "low", "high"}
        assert stored[key]["low"] <= stored[key]["value"] <= stored[key]["high"]
    assert [row["f1"] for row in stored["by_category"]] == [None] * 3  # four right answers each
    costs = stored["costs"]
    assert costs["fit_cpu_seconds"] > 0
    assert costs["artifact_mb"] > 0
    assert costs["peak_memory_mb"] > 10


def test_without_labels_to_measure_against_figures_are_null_and_not_0(recipe):
    test = labelled(12, first=500)
    test.known[:] = False
    scored = on_test_file(recipe, labelled(), test, NOTHING, None, quiet)
    figures = sheet(scored, recipe.categories, 0)
    assert figures["micro_f1"] == {"value": None, "low": None, "high": None}


def test_the_curve_draws_few_labels_often_and_everything_once():
    assert default_sizes(1000) == [0, 50, 100, 200, 400, 800, 1000]
    assert default_sizes(30) == [0, 30]
    runs = runs_of([0, 200, 800, 5000], 1000)
    assert [run.limit for run in runs] == [0, *[200] * 5, 800, 800, 1000]
    assert [run.seed for run in runs if run.limit == 200] == [0, 1, 2, 3, 4]
    assert len(runs_of([200], 1000, 3)) == 3


def test_a_point_of_the_curve_is_the_mean_of_its_draws(recipe, monkeypatch):
    train, test = labelled(), labelled(30, seed=3, first=500)
    values = []

    def measure(run):
        how = Recipe(recipe.categories, {}, run.seed)
        scored = on_test_file(how, train, test, NOTHING, run.limit, quiet)
        values.append(sheet(scored, recipe.categories, 0)["micro_f1"]["value"])
        return scored

    runs = [*(Run(6, seed) for seed in range(3)), Run(60, 0)]
    rows = curve(runs, measure, recipe.categories, quiet)
    assert [row["limit"] for row in rows] == [6, 60]
    assert rows[0]["micro_f1"]["value"] == pytest.approx(np.mean(values[:3]))
    assert rows[0]["micro_f1"]["sd"] == pytest.approx(np.std(values[:3], ddof=1))
    assert rows[1]["micro_f1"]["sd"] is None
    assert rows[1]["micro_f1"]["value"] > rows[0]["micro_f1"]["value"]


def test_the_same_seed_gives_the_same_figures(recipe):
    first, second = (
        by_cross_validation(recipe, labelled(), NOTHING, 20, quiet).answers.proba for _ in range(2)
    )
    assert (first == second).all()
