"""A linear family names the words that added most to a score; the others say that they cannot."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.svm import LinearSVC

from classifier.backends.blocks import Blocks
from classifier.backends.options import OPTIONS, made
from classifier.backends.protocol import Snapshot
from classifier.backends.scikit_learn import CLASSICAL
from classifier.backends.with_words import WithWords
from classifier.backends.word_scores import vectors_of
from classifier.ml import chunks
from classifier.ml.holdout import LabelledTexts
from classifier.ml.lexical import LexicalMatcher
from classifier.ml.text import Corpus
from classifier.ml.words import STOP_WORDS, words
from tests.classifier.ml.examples import evidence_of, topic_categories, topic_grants

LINEAR = ["logistic_regression", "linear_svm", "sgd", "complement_naive_bayes"]
TEXT = "The CHOIR and the river sang: support for brass, canal <b>kitten</b> &amp; choir@music.org"


def fitted(name, n=60):
    texts, y = topic_grants(n)
    train = LabelledTexts([str(row) for row in range(n)], texts, y, np.ones(y.shape, dtype=bool))
    return made(name).fit(Snapshot(topic_categories(), train, texts)), texts, y


def coefficients(name, X, y):
    """By scikit-learn itself, or by the formula of Rennie et al.; (n_columns, n_terms)."""
    if name == "complement_naive_bayes":
        X = X.toarray()
        others = (X.sum(axis=0) - y.T @ X) + 1.0
        weights = -np.log(others / others.sum(axis=1, keepdims=True))
        return weights - weights.mean(axis=0)
    make = {
        "logistic_regression": LogisticRegression(
            C=10.0, class_weight="balanced", solver="liblinear", random_state=0
        ),
        "linear_svm": LinearSVC(C=0.5, class_weight="balanced", max_iter=10_000, random_state=0),
        "sgd": SGDClassifier(loss="log_loss", alpha=1e-4, class_weight="balanced", random_state=0),
    }[name]
    return np.stack([make.fit(X, y[:, column]).coef_[0] for column in range(y.shape[1])])


def expected(text, terms, added):
    """Words of the text by what their terms add, at least a fifth of the first, six at most."""
    of_term = dict(zip(terms, added, strict=True))
    found = {}
    for word in words(text):
        value = of_term.get(word.lower(), 0.0)
        if value > 0 and word.lower() not in STOP_WORDS:
            found.setdefault(word.lower(), (word, value))
    best = max((value for _, value in found.values()), default=0.0)
    ranked = sorted(found.values(), key=lambda one: -one[1])
    return [word for word, value in ranked if value >= 0.2 * best][:6]


@pytest.mark.parametrize("name", LINEAR)
def test_evidence_is_coefficient_times_value(name):
    model, texts, y = fitted(name)
    vocabulary = model.scorer.vocabulary
    weights = coefficients(name, vectors_of(vocabulary, texts).astype(np.float64), y)
    asked = Corpus([TEXT, "nothing known", *texts.texts[:3]], [""] * 5, [""] * 5)
    values = vectors_of(vocabulary, asked).toarray()
    columns = [[0, 1, 2], [1], [2, 0], [0], []]
    assert model.says_why and OPTIONS[name].says_why
    found = list(model.evidence(asked, columns))
    assert found == [
        [expected(text, vocabulary.terms, weights[column] * values[row]) for column in own]
        for row, (text, own) in enumerate(zip(asked.texts, columns, strict=True))
    ]
    assert found[0][0][0] in ("CHOIR", "brass") and found[1] == [[]]


def test_what_is_shown_are_words_of_the_text_as_they_stand_there():
    model, _, _ = fitted("linear_svm")
    told = [word for own in evidence_of(model, TEXT, "", [0, 1, 2]) for word in own]
    assert {"CHOIR", "river", "kitten"} <= set(told)
    assert all(word.isalpha() and word in TEXT for word in told)
    assert not {"the", "The", "and", "for", "amp", "org"} & set(told)


def test_a_category_that_no_text_taught_has_no_words():
    texts, y = topic_grants(60)
    y[:, 2] = 0
    train = LabelledTexts([str(row) for row in range(60)], texts, y, np.ones(y.shape, dtype=bool))
    model = made("linear_svm").fit(Snapshot(topic_categories(), train, texts))
    assert evidence_of(model, TEXT, "", [2, 0])[0] == []


def test_long_lists_of_texts_are_read_in_parts(monkeypatch):
    model, texts, _ = fitted("linear_svm")
    columns = [[row % 3] for row in range(60)]
    whole = list(model.evidence(texts, columns))
    monkeypatch.setattr(chunks, "CHUNK", 7)
    assert list(model.evidence(texts, columns)) == whole


def test_weights_are_looked_up_once_a_category(monkeypatch):
    model, texts, _ = fitted("linear_svm")
    asked, weights_of = [], Blocks.weights_of
    monkeypatch.setattr(
        Blocks, "weights_of", lambda self, column: asked.append(column) or weights_of(self, column)
    )
    list(model.evidence(texts, [[0, 1, 2]] * 60))
    assert sorted(asked) == [0, 1, 2]


def test_it_says_the_same_once_it_was_stored():
    model, _, _ = fitted("sgd")
    again = CLASSICAL["sgd"].load(CLASSICAL["sgd"].dump(model))
    assert again.says_why
    assert evidence_of(again, TEXT, "", [0, 1]) == evidence_of(model, TEXT, "", [0, 1])


@pytest.mark.parametrize(
    "name",
    ["nearest_neighbours", "classifier_chain", "label_powerset", "perceptron", "fasttext"],
)
def test_what_is_not_a_sum_of_words_says_that_it_cannot_say(name):
    model, _, _ = fitted(name)
    served = WithWords(model, LexicalMatcher(model.categories))
    assert not served.says_why and not OPTIONS[name].says_why
    assert evidence_of(served, TEXT, "", [0, 1]) == evidence_of(model, TEXT, "", [0, 1]) == [[], []]


def test_a_version_that_was_stored_without_words_stays_so():
    model, _, _ = fitted("linear_svm")
    matcher = LexicalMatcher(model.categories)
    assert WithWords(model, matcher).says_why
    assert not WithWords(model, matcher, may_say_why=False).says_why
