"""The classifier: examples where there are enough, category words where there are few."""

import numpy as np
import pytest
from sklearn.base import clone

from classifier.ml.calibration import LogisticMap, fit_map
from classifier.ml.estimators import CategoryClassifier
from classifier.ml.folds import fold_numbers, groups_of
from classifier.ml.thresholds import best_threshold
from classifier.ml.vocabulary import learned_vocabulary
from tests.classifier.ml.examples import (
    category,
    corpus,
    everything,
    evidence_of,
    topic_categories,
    topic_grants,
)


@pytest.fixture(scope="module")
def grants():
    return topic_grants()


@pytest.fixture(scope="module")
def fitted(grants):
    texts, y = grants
    return CategoryClassifier(topic_categories()).fit(texts, y, *everything(y), texts)


def test_it_learns_from_examples_what_no_label_says(fitted):
    proba = fitted.predict_proba(corpus("a choir and a concert", "a stray puppy", "the river"))
    assert proba.argmax(axis=1).tolist() == [0, 1, 2]
    assert fitted.decide(proba).tolist() == np.eye(3, dtype=bool).tolist()


def test_probabilities_are_float32_between_0_and_1(fitted, grants):
    proba = fitted.predict_proba(grants[0])
    assert proba.shape == (90, 3)
    assert proba.dtype == np.float32
    assert ((proba >= 0) & (proba <= 1)).all()


def test_same_data_and_seed_give_the_same_probabilities(fitted, grants):
    texts, y = grants
    again = clone(fitted).fit(texts, y, *everything(y), texts)
    assert (again.predict_proba(texts) == fitted.predict_proba(texts)).all()


def test_a_text_alone_gets_the_probabilities_it_gets_among_others(fitted, grants):
    texts, _ = grants
    alone = fitted.predict_proba(texts.take([7]))
    assert alone == pytest.approx(fitted.predict_proba(texts)[[7]], abs=1e-6)


def test_int8_answers_give_the_same_as_int64_answers():
    # scikit-learn 1.9.1 permutes the columns of an int8 indicator of more than 127 of them.
    texts, y = topic_grants(n=60)
    many = np.tile(y, (1, 50))
    categories = [category(f"C{column}", f"Label{column}") for column in range(150)]
    model = CategoryClassifier(categories, folds=2)
    expected = model.fit(texts, many, *everything(many), texts).predict_proba(texts)
    small = clone(model).fit(texts, many.astype(np.int8), *everything(many), texts)
    found = small.predict_proba(texts)
    assert (found == expected).all()
    assert (found.argmax(axis=1) % 3 == y.argmax(axis=1)).all()


def test_unknown_labels_train_nothing(fitted, grants):
    texts, y = grants
    more = corpus(*texts.texts, *["choir orchestra puppy"] * 30)
    answers = np.vstack([y, np.tile([0, 1, 0], (30, 1))])
    known, tune = everything(answers)
    known[90:] = False
    taught = clone(fitted).fit(more, answers, known, tune, texts)
    assert (taught.predict_proba(texts) == fitted.predict_proba(texts)).all()
    assert taught.thresholds_ == pytest.approx(fitted.thresholds_)


def test_an_explicit_rejection_is_a_known_negative(fitted, grants):
    texts, y = grants
    more = corpus(*texts.texts, *[f"banjo choir {word}" for word in "abcdefghij"])
    answers = np.vstack([y, np.zeros((10, 3), dtype=np.int64)])
    known, tune = everything(answers)
    known[90:, 1:] = False
    unsaid = known.copy()
    unsaid[90:] = False
    taught, ignorant = (
        clone(fitted).fit(more, answers, said, tune, more) for said in (known, unsaid)
    )
    banjo = corpus("banjo and choir")
    assert taught.predict_proba(banjo)[0, 0] < ignorant.predict_proba(banjo)[0, 0]


def test_a_pair_of_small_weight_teaches_little(fitted, grants):
    texts, y = grants
    more = corpus(*texts.texts, *[f"banjo choir {word}" for word in "abcdefghij"])
    answers = np.vstack([y, np.zeros((10, 3), dtype=np.int64)])
    found = []
    for weight in (1.0, 0.3, 0.01):
        weights = np.ones(answers.shape, dtype=np.float32)
        weights[90:] = weight
        model = clone(fitted).fit(more, answers, *everything(answers), more, weights)
        found.append(model.log_odds(corpus("banjo and choir"))[0, 0])
    assert found == sorted(found)


def test_weights_outside_0_to_1_are_refused(fitted, grants):
    texts, y = grants
    with pytest.raises(ValueError, match=r"go from 2\.0 to 2\.0"):
        clone(fitted).fit(texts, y, *everything(y), texts, np.full(y.shape, 2.0))


@pytest.mark.parametrize("prior", ["pooled", "uk", "neh", "none"])
@pytest.mark.parametrize("n_labels", [0, 2])
def test_hardly_any_label_is_enough_for_probabilities(prior, n_labels):
    texts, y = topic_grants()
    few, answers = texts.take(range(n_labels)), y[:n_labels]
    model = CategoryClassifier(topic_categories(), prior=prior)
    proba = model.fit(few, answers, *everything(answers), texts).predict_proba(texts)
    assert np.isfinite(proba).all()
    assert ((proba >= 0) & (proba <= 1)).all()


def test_without_any_label_the_words_of_the_categories_speak():
    categories = [category("MU", "Music"), category("DO", "Dogs"), category("CH", "Chess")]
    none = np.zeros((0, 3), dtype=np.int64)
    background = corpus("Music for all", "Dogs and music", "Chess for dogs")
    model = CategoryClassifier(categories).fit(corpus(), none, *everything(none), background)
    assert model.falls_back_.all()
    proba = model.predict_proba(corpus("A dog", "Musical", "chess"))
    assert proba.argmax(axis=1).tolist() == [1, 0, 2]
    assert evidence_of(model, "A Dog", "", [1]) == [["Dog"]]


def test_before_any_label_the_unseen_answers_are_those_of_the_model():
    """Nothing was learned from the texts, so they are as good as unseen: the gate relies on it."""
    categories = [category("MU", "Music"), category("DO", "Dogs")]
    texts, y = corpus("Music for all", "Dogs and music", "Chess"), np.zeros((3, 2), dtype=np.int64)
    none, tune = np.zeros(y.shape, dtype=bool), np.ones(3, dtype=bool)
    found = CategoryClassifier(categories).fit(texts, y, none, tune, texts)
    assert found.proba_oof_ == pytest.approx(found.predict_proba(texts), abs=1e-6)
    assert found.proba_oof_[0, 0] > 10 * found.proba_oof_[2, 0]


def test_a_category_without_examples_is_suggested_by_its_words(grants):
    texts, y = grants
    categories = [*topic_categories(), category("FA", "Falconry", alt_labels=("Birds of prey",))]
    answers = np.hstack([y, np.zeros((90, 1), dtype=np.int64)])
    model = CategoryClassifier(categories).fit(texts, answers, *everything(answers), texts)
    assert model.falls_back_.tolist() == [False, False, False, True]
    proba = model.predict_proba(corpus("A falconry display", "Birds of prey", "a choir"))
    assert proba.argmax(axis=1).tolist() == [3, 3, 0]


def test_an_unknown_prior_is_refused(grants):
    texts, y = grants
    with pytest.raises(ValueError, match="no prior 'mine'"):
        CategoryClassifier(topic_categories(), prior="mine").fit(texts, y, *everything(y), texts)


def test_a_category_with_too_few_examples_is_marked(grants):
    texts, y = grants
    few = y.copy()
    few[np.flatnonzero(y[:, 1])[4:], 1] = 0
    model = CategoryClassifier(topic_categories()).fit(texts, few, *everything(few), texts)
    assert model.falls_back_.tolist() == [False, True, False]


def test_one_may_be_ticked_where_none_is_likely(fitted):
    proba = np.array([[0.01, 0.02, 0.0], [0.9, 0.02, 0.0]], dtype=np.float32)
    assert fitted.decide(proba).tolist() == [[0, 0, 0], [1, 0, 0]]
    assert fitted.decide(proba, at_least_one=True).tolist() == [[0, 1, 0], [1, 0, 0]]


def test_rules_may_play_no_part(grants):
    texts, y = grants
    ruled = [category("X", "Zebra", include_pattern="choir"), *topic_categories()[1:]]
    bare = [category("X", "Zebra"), *topic_categories()[1:]]
    without = CategoryClassifier(ruled, use_rules=False).fit(texts, y, *everything(y), texts)
    expected = CategoryClassifier(bare).fit(texts, y, *everything(y), texts)
    assert (without.predict_proba(texts) == expected.predict_proba(texts)).all()
    assert evidence_of(without, "choir", "", [0]) == evidence_of(expected, "choir", "", [0])


def test_many_grants_of_one_recipient_are_one_example(grants):
    texts, y = grants
    names = ["The Choir" if right else f"Other {row}" for row, right in enumerate(y[:, 0])]
    same = corpus(*texts.texts, recipients=names)
    model = CategoryClassifier(topic_categories()).fit(same, y, *everything(y), same)
    assert model.falls_back_.tolist() == [True, False, False]


def test_a_word_of_one_recipient_only_is_not_in_the_model():
    words = learned_vocabulary(
        [["choir", "kowalska"], ["kowalska"], ["choir"], ["unnamed", "secret"], ["secret"]],
        ["Anna Trust", "ANNA  trust", "Beta", "", " "],
    )
    assert words.terms == ["choir"]


def test_words_come_from_all_grant_texts_not_only_from_annotated_ones(grants):
    texts, y = grants
    background = corpus(*texts.texts, "harp", "harp")
    model = CategoryClassifier(topic_categories()).fit(texts, y, *everything(y), background)
    assert "harp" in model.scorer_.spaces.vocabularies[0].columns


def test_thresholds_are_fitted_on_the_random_stream_alone(grants):
    texts, y = grants
    wrong = y.copy()
    wrong[45:] = 0  # the chosen half says that nothing fits
    known, tune = everything(wrong)
    tune[45:] = False
    model = CategoryClassifier(topic_categories()).fit(texts, wrong, known, tune, texts)
    on_all = clone(model).fit(texts, wrong, *everything(wrong), texts)
    assert model.tuned_on_ == "random"
    mean = model.proba_oof_[:45].sum(axis=1).mean()
    assert mean > on_all.proba_oof_[:45].sum(axis=1).mean()


def test_under_twenty_random_positives_all_grants_are_tuned_on(grants):
    texts, y = grants
    known, tune = everything(y)
    tune[19:] = False
    model = CategoryClassifier(topic_categories()).fit(texts, y, known, tune, texts)
    assert model.tuned_on_ == "all"


def test_evidence_is_what_adds_most_to_the_score_as_it_stands_in_the_text(fitted):
    [words] = evidence_of(fitted, "ORCHESTRA near the river", "", [0])
    assert words[0] == "ORCHESTRA"
    assert "river" not in words


def test_answers_of_another_shape_are_refused(grants):
    texts, y = grants
    with pytest.raises(ValueError, match=r"90 texts and 3 categories need .* \(90, 2\)"):
        CategoryClassifier(topic_categories()).fit(texts, y[:, :2], *everything(y), texts)


def test_grants_without_a_common_word_still_give_probabilities():
    texts = corpus(*[f"word{'x' * number}" for number in range(20)])
    y = np.tile([[0, 0, 1], [0, 1, 0]], (10, 1))
    model = CategoryClassifier(topic_categories()).fit(texts, y, *everything(y), texts)
    assert np.isfinite(model.predict_proba(texts)).all()


def test_one_recipient_and_equal_texts_stay_on_one_side_of_every_split():
    texts = corpus(
        *["a b", "A  B", "c", "d", "", ""],
        recipients=["One", "Two", "two ", "", "", "Three"],
    )
    groups = groups_of(texts)
    assert groups[0] == groups[1] == groups[2]
    assert len(set(groups)) == 4
    folds = fold_numbers(groups, 3, seed=0)
    assert folds[0] == folds[1] == folds[2]
    assert set(folds) == {0, 1, 2}


def test_one_group_makes_one_fold():
    assert fold_numbers(np.zeros(3, dtype=np.int64), 5, seed=0).tolist() == [0, 0, 0]


def test_the_default_map_holds_where_there_is_nothing_to_fit():
    default = LogisticMap((0.7, 0.1))
    assert fit_map([np.zeros(0)], np.zeros(0, dtype=np.int64), default) == default


def test_a_fitted_map_says_on_average_what_is_right():
    rng = np.random.default_rng(0)
    score = rng.normal(size=4000).astype(np.float32)
    y = (rng.random(4000) < 1 / (1 + np.exp(-(2 * score - 1)))).astype(np.int64)
    fitted_map = fit_map([score], y, LogisticMap((1.0, 0.0)))
    assert fitted_map.weights == pytest.approx((2.0, -1.0), abs=0.2)
    assert fitted_map(score).mean() == pytest.approx(y.mean(), abs=0.01)


def test_the_best_threshold_has_the_highest_f1_there_is():
    rng = np.random.default_rng(0)
    proba = rng.random(200).round(2)
    y = (rng.random(200) < proba).astype(np.int64)

    def f1(threshold):
        return 2 * (y * (proba >= threshold)).sum() / (y.sum() + (proba >= threshold).sum())

    assert f1(best_threshold(y, proba)) == max(f1(t) for t in np.unique(proba))
