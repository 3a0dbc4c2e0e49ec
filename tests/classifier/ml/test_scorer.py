"""The fast path, on the demonstration: against plain estimators, alone and among others."""

import io
import re
import zipfile

import numpy as np
import pytest
from scipy.special import expit
from sklearn.base import clone
from sklearn.kernel_ridge import KernelRidge

from classifier.ml import artifacts
from classifier.ml.documents import documents_of
from classifier.ml.estimators import CategoryClassifier
from classifier.ml.inputs import RuleMatches
from classifier.ml.ridge import PENALTY, weighted_mean
from classifier.ml.text import Corpus
from classifier.ml.words import STOP_WORDS, stems_of, words
from tests.classifier.ml.demonstration import demonstration_categories, demonstration_grants
from tests.classifier.ml.examples import everything


@pytest.fixture(scope="module")
def grants():
    return demonstration_grants(demonstration_categories())


@pytest.fixture(scope="module")
def fitted(grants):
    corpus, y, background = grants
    model = CategoryClassifier(demonstration_categories())
    return model.fit(corpus, y, *everything(y), background)


def plain_ridge(fitted, grants, asked):
    """Scores by scikit-learn's kernel ridge, one for each facet."""
    corpus, y, _ = grants
    transform, categories = fitted.scorer_.spaces.transform, fitted.categories
    documents = transform(documents_of(categories, True)).all
    texts = transform(fitted.reader_.read(corpus)).all
    X = np.vstack([texts.toarray(), documents.toarray()])
    Y = np.vstack([y, np.eye(len(categories))])
    facets = np.array([category.facet for category in categories])
    scores = np.zeros((asked.shape[0], len(categories)))
    for facet in set(facets):
        columns = facets == facet
        weights = np.concatenate([np.ones(len(y)), 0.3 * columns])
        mean = weighted_mean(Y[:, columns], np.repeat(weights[:, None], columns.sum(), axis=1))
        counted = weights > 0
        model = KernelRidge(alpha=PENALTY)
        model.fit(X[counted], Y[counted][:, columns] - mean, sample_weight=weights[counted])
        scores[:, columns] = model.predict(asked.toarray()) + mean
    return scores.astype(np.float32)


def plain_prototypes(fitted, grants, asked):
    """Cosines with the mean of examples and twice the document."""
    corpus, y, _ = grants
    transform = fitted.scorer_.spaces.transform
    documents = transform(documents_of(fitted.categories, True)).stems.toarray()
    examples = transform(fitted.reader_.read(corpus)).stems.toarray()
    means = y.T @ examples + 2 * documents
    return (asked @ (means / np.linalg.norm(means, axis=1, keepdims=True)).T).astype(np.float32)


def test_it_gives_what_the_plain_estimators_give(fitted, grants):
    corpus, y, _ = grants
    asked = corpus.take(range(0, 259, 5))
    texts = fitted.reader_.read(asked)
    vectors, scorer = fitted.scorer_.spaces.transform(texts), fitted.scorer_
    inputs = scorer.builder.inputs(
        plain_ridge(fitted, grants, vectors.all),
        plain_prototypes(fitted, grants, vectors.stems),
        scorer.labels.matches([stems_of(text) for text in texts]),
        RuleMatches(fitted.reader_.rule_matches(asked), scorer.rule_precision),
    )
    n = np.broadcast_to(y.sum(axis=0), inputs[0].shape)
    pairs = np.stack(
        [np.ones_like(n), *inputs]
        + [values * np.log1p(n) for values in inputs]
        + [values / (1 + n) for values in inputs]
        + [np.log1p(n), 1 / (1 + n)],
        axis=-1,
    )
    shared = fitted.shared_
    log_odds = ((pairs - shared.mean) / shared.scale) @ shared.weights
    found = fitted.log_odds(asked)
    assert expit(found) == pytest.approx(expit(log_odds), abs=1e-5)


def test_a_text_alone_gets_what_it_gets_among_others(fitted, grants):
    _, _, background = grants
    together = fitted.predict_proba(background)
    for row in range(0, len(background), 40):
        assert fitted.predict_proba(background.take([row]))[0] == pytest.approx(
            together[row], abs=1e-6
        )


def test_same_data_and_seed_give_the_same_to_the_last_bit(fitted, grants):
    corpus, y, background = grants
    again = clone(fitted).fit(corpus, y, *everything(y), background)
    assert (again.predict_proba(background) == fitted.predict_proba(background)).all()
    assert (again.proba_oof_ == fitted.proba_oof_).all()


def test_the_texts_of_the_site_leave_no_address_and_no_number_in_the_file(fitted, grants):
    _, _, background = grants
    private = {
        found.lower()
        for text in background.texts
        for found in re.findall(r"\S+@\S+|https?://\S+|\d{4,}", text)
    }
    assert len(private) > 3
    with zipfile.ZipFile(io.BytesIO(artifacts.dump(fitted))) as archive:
        content = archive.read("schema.json").decode().lower()
    terms = {term for v in fitted.scorer_.spaces.vocabularies for term in v.terms}
    assert not any(re.search(r"[\d@]", term) for term in terms)
    assert not any(address in content for address in private if "@" in address)


def without(text, gone):
    """The text less every occurrence of these words or passages."""
    for word in gone:
        text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", " ", text, flags=re.IGNORECASE)
    return text


def test_evidence_lowers_the_probability_more_than_other_words_do(fitted, grants):
    """Three words of evidence against three random ones, for the three likeliest categories."""
    corpus, _, _ = grants
    rng, asked = np.random.default_rng(0), []
    likeliest = np.argsort(-fitted.predict_proba(corpus), axis=1, kind="stable")[:, :3].tolist()
    read = zip(corpus.texts, corpus.batches, likeliest, strict=True)
    for (text, batch, columns), found in zip(read, fitted.evidence(corpus, likeliest), strict=True):
        telling = sorted({word for word in words(text) if word.lower() not in STOP_WORDS})
        for column, evidence in zip(columns, found, strict=True):
            if len(evidence) >= 3 and len(telling) > 6:
                random = rng.choice(telling, size=3, replace=False)
                lesser = without(text, evidence[:3]), without(text, random)
                asked.append((column, batch, *lesser))
    columns, batches, *lesser = zip(*asked, strict=True)
    nobody = [""] * len(asked)
    told, other = (
        fitted.predict_proba(Corpus(texts, nobody, batches))[np.arange(len(asked)), columns]
        for texts in lesser
    )
    assert len(asked) > 300
    assert (told < other).mean() >= 0.9
