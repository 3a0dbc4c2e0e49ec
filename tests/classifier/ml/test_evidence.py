"""Evidence for many texts at once is what each text alone would get."""

import numpy as np
import pytest

from classifier.ml import explaining
from classifier.ml.contributions import contributions
from classifier.ml.estimators import CategoryClassifier
from tests.classifier.ml.demonstration import demonstration_categories, demonstration_grants
from tests.classifier.ml.examples import corpus, everything
from tests.reference.contributions import contributions as of_one_text
from tests.reference.contributions import one_by_one

N_LABELS = 30


@pytest.fixture(scope="module")
def fitted():
    """With rules, and with so few labels that texts stand in for examples."""
    categories = demonstration_categories()
    labelled, y, background = demonstration_grants(categories)
    some = labelled.take(range(N_LABELS))
    model = CategoryClassifier(categories)
    return model.fit(some, y[:N_LABELS], *everything(y[:N_LABELS]), background)


@pytest.fixture(scope="module")
def asked(fitted):
    """Texts and the categories to explain, another number for each; one text is empty."""
    _, _, background = demonstration_grants(fitted.categories)
    texts = background.take(range(60))
    texts.texts[3] = ""
    texts.texts[4] = "The the 2024 a@b.org"
    best = np.argsort(-fitted.predict_proba(texts), axis=1).tolist()
    return texts, [own[: row % 12] for row, own in enumerate(best)]


def test_they_are_the_same_words_and_passages(fitted, asked):
    texts, columns = asked
    found = list(fitted.evidence(texts, columns))
    assert found == one_by_one(fitted, texts, columns)
    assert sum(len(words) > 2 for own in found for words in own) > 100
    assert fitted.has_rules_
    assert fitted.scorer_.echoes is not None


def test_each_word_adds_what_it_adds_alone(fitted, asked):
    texts, columns = asked
    read = fitted.reader_.read(texts)
    added = contributions(fitted.scorer_, read, columns)
    for row, own in enumerate(columns):
        stems, values = added.of(row)
        expected_stems, expected = of_one_text(fitted.scorer_, read[row], own)
        assert stems == expected_stems
        assert values[:, : len(own)] == pytest.approx(expected, abs=1e-5)


def test_the_parts_it_is_made_in_change_nothing(fitted, asked, monkeypatch):
    whole = list(fitted.evidence(*asked))
    monkeypatch.setattr(explaining, "AT_ONCE", 7)
    assert list(fitted.evidence(*asked)) == whole
    monkeypatch.setattr(explaining, "LETTERS_AT_ONCE", 300)
    assert list(fitted.evidence(*asked)) == whole


def test_no_part_holds_more_letters_than_are_read_at_once(fitted, asked, monkeypatch):
    """One text of 75,000 letters took over 10 MB: a hundred of them would take the machine."""
    texts, columns = asked
    long, letters = " ".join(texts.texts), []
    monkeypatch.setattr(explaining, "LETTERS_AT_ONCE", 2 * len(long))
    read = fitted.reader_.read
    monkeypatch.setattr(
        fitted.reader_, "read", lambda part: letters.append(sum(map(len, part.texts))) or read(part)
    )
    given = corpus(*[long] * 5, 3 * long, "A mural")
    found = list(fitted.evidence(given, [own[:4] for own in columns[20:27]]))
    assert len(found) == 7
    assert letters == [2 * len(long), 2 * len(long), len(long), 3 * len(long), len("A mural")]


def test_no_text_and_no_category_are_no_evidence(fitted):
    assert list(fitted.evidence(corpus(), [])) == []
    assert list(fitted.evidence(corpus("A mural", "A choir"), [[], []])) == [[], []]
