"""The classifier against the reference computation of its recipe, on the demonstration's texts.

What the classifier does beyond the recipe is made to play no part. Every text stands twice in the
background, under two recipients, so that no term is hidden for its rarity; addresses and numbers
are taken out beforehand; every grant is a programme of its own, so that nothing is too common. The
reference is given our stems, since our stop words leave "fire" and "system" in. The words of
keyword rules are no words of their categories here, texts do not stand in for examples, and an
unlearned rule has the reference's weight.
"""

import json

import numpy as np
import pytest

from classifier.ml import documents, echoes, labels, priors
from classifier.ml.documents import notes_of
from classifier.ml.estimators import CategoryClassifier
from classifier.ml.folds import fold_numbers, groups_of
from classifier.ml.priors import FOLDER
from classifier.ml.rules import RuleSet
from classifier.ml.text import Corpus
from classifier.ml.words import stems, words
from tests.classifier.ml.demonstration import demonstration_grants, plain_categories
from tests.classifier.ml.examples import everything
from tests.reference import recipe


def plain(text):
    return " ".join(words(text))


def apart(texts):
    """Each text of a recipient and in a programme of its own."""
    numbers = [str(number) for number in range(len(texts))]
    return Corpus(texts, numbers, numbers)


@pytest.fixture(scope="module")
def pool():
    """Categories, labelled texts with answers, and the other texts of the background."""
    categories = plain_categories()
    labelled, y, everyone = demonstration_grants(categories)
    texts = list(map(plain, labelled.texts))
    again = list(map(plain, everyone.texts))
    others = [text for text in again if text not in set(texts)]
    return categories, texts, y, [*again, *others]


@pytest.fixture(autouse=True)
def our_words(monkeypatch):
    monkeypatch.setattr(recipe, "toks", stems)
    monkeypatch.setattr(recipe, "clean_note", lambda note: note)
    monkeypatch.setattr(documents, "keywords_of", lambda _: [])
    monkeypatch.setattr(labels, "keywords_of", lambda _: [])
    monkeypatch.setattr(priors, "RULE_WEIGHT", 2.0)
    monkeypatch.setattr(echoes, "WEIGHT", 0.0)


def reference(categories, prior, with_rules):
    """The reference, not fitted, and the prior it is to start from."""
    columns = {category.code: column for column, category in enumerate(categories)}
    rules = RuleSet(categories)
    model = recipe.Suggester(
        [plain(category.label) for category in categories],
        [plain(notes_of(category)) for category in categories],
        [[columns[code] for code in category.ancestors] for category in categories],
        list(zip(rules.includes, rules.excludes, strict=True)) if with_rules else None,
    )
    return model, None if prior == "none" else json.loads((FOLDER / f"{prior}.json").read_text())


@pytest.mark.parametrize(
    ("n_labels", "prior", "with_rules"),
    [
        (259, "none", False),
        (259, "uk", True),
        (60, "neh", False),
        (2, "uk", True),
        (0, "neh", True),
    ],
)
def test_probabilities_are_those_of_the_reference(pool, n_labels, prior, with_rules):
    categories, texts, y, others = pool
    learned, answers = apart(texts[:n_labels]), y[:n_labels]
    others = texts[n_labels:] + others
    ours = CategoryClassifier(categories, prior=prior, use_rules=with_rules)
    background = apart([*learned.texts, *others])
    ours.fit(learned, answers, *everything(answers), background)
    folds = fold_numbers(groups_of(learned), ours.folds, ours.seed)
    theirs, start = reference(categories, prior, with_rules)
    theirs.fit(learned.texts, answers, folds if n_labels else None, others, start)
    # Texts it has learned from, texts it has not, and one whose words nobody knows.
    asked = [*texts[::3], "Xylophones quux"]
    expected = theirs.proba(asked)
    found = 1 / (1 + np.exp(-ours.log_odds(apart(asked))))
    assert found == pytest.approx(expected, abs=1e-4)
