"""From annotated grants to a scorer: the steps of the recipe, in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.ml.chunks import CHUNK
from classifier.ml.documents import documents_of
from classifier.ml.echoes import Echoes
from classifier.ml.hierarchy import ancestor_matrix
from classifier.ml.inputs import InputBuilder, MeaningMatches, RuleMatches
from classifier.ml.labels import LabelEvidence, LabelMatches
from classifier.ml.meaning import CategoryVectors, MeaningExamples
from classifier.ml.priors import Prior
from classifier.ml.reading import Reader
from classifier.ml.scorer import MeaningScorer, Scorer
from classifier.ml.spaces import MANY_TEXTS, TextSpaces
from classifier.ml.stacker import SharedWeights, fit_stacker, untaught
from classifier.ml.text import CategoryText, Corpus
from classifier.ml.unseen import ExampleScorers, Unseen, rule_precision
from classifier.ml.words import stems_of

Scores = NDArray[np.float32]


@dataclass(frozen=True)
class Words:
    """What is learned from texts alone: the spaces, and the categories' words in them."""

    spaces: TextSpaces
    labels: LabelEvidence
    documents: list[list[str]]


@dataclass(frozen=True)
class Vectors:
    """Sentence vectors: of the annotated grants, (n_texts, 384), and of the categories."""

    texts: Scores
    categories: CategoryVectors


@dataclass(frozen=True)
class Fitted:
    """A scorer, the stacker it was folded from, and the training texts' unseen log-odds.

    Two log-odds where there are sentence vectors: of words alone, and of both.
    """

    scorer: Scorer
    shared: SharedWeights
    unseen: Scores
    unseen_with_meaning: Scores | None = None


def learn_words(
    categories: Sequence[CategoryText],
    reader: Reader,
    background: Corpus,
    most_weights: int,
    with_keywords: bool,
) -> Words:
    """Learn vocabularies and word statistics; no label is used.

    ``most_weights``: how many numbers the matrix of terms and categories may hold.
    ``with_keywords``: whether the words of keyword rules are words of their categories.
    """
    documents = documents_of(categories, with_keywords)
    spaces = TextSpaces.learned(
        reader.read(background),
        background.recipients,
        documents,
        most_weights // max(len(categories), 1),
    )
    few = len(background) < MANY_TEXTS
    n_texts = len(background) + (len(documents) if few else 0)
    labels = LabelEvidence.learned(categories, spaces.vocabularies[2], n_texts, with_keywords)
    return Words(spaces, labels, documents)


class Fitting:
    """One fit: everything the steps share.

    Parameters
    ----------
    categories : sequence of CategoryText
    words : Words
    texts : list of list of str
        The lower-case words of each annotated grant.
    holds : ndarray of shape (n_texts, n_categories), or None
        1 where a category's rule matches; None where rules play no part.
    y : ndarray of shape (n_texts, n_categories), 0 or 1
    weights : ndarray of shape (n_texts, n_categories)
        A pair of weight 0 teaches nothing.
    vectors : Vectors, optional
        Then a second stacker reads them as well, and the first one serves texts without.
    echoes : Echoes, optional
        What is added for texts as words: not learned here, but the calibration must know.
    """

    def __init__(
        self,
        categories: Sequence[CategoryText],
        words: Words,
        texts: list[list[str]],
        holds: Scores | None,
        y: NDArray[np.int64],
        weights: Scores,
        vectors: Vectors | None = None,
        echoes: Echoes | None = None,
    ) -> None:
        facets = [category.facet for category in categories]
        self.words, self.texts, self.holds, self.y, self.weights = words, texts, holds, y, weights
        self.echoes = echoes
        self.builder = InputBuilder(facets, ancestor_matrix(categories))
        self.examples = ExampleScorers(
            words.spaces.transform(texts),
            words.spaces.transform(words.documents),
            y.astype(np.float32),
            weights,
            facets,
        )
        self.meaning: MeaningExamples | None = None
        if vectors is not None:
            answers = self.examples.y, self.examples.weights
            self.meaning = MeaningExamples(vectors.texts, vectors.categories, *answers)

    def fit(self, prior: Prior | None, folds: NDArray[np.int64], seed: int) -> Fitted:
        """Score out of fold, fit the stacker on that, then the final scorers on everything."""
        if prior is not None and self.holds is not None:
            prior = prior.with_rules()
        meaning_prior = prior and prior.with_meaning()
        if not self.weights.any():
            return self._untaught(prior, meaning_prior)
        unseen = self.examples.unseen(folds, self.holds)
        shared = self._stacker(unseen, None, prior, seed)
        log_odds = self._log_odds(shared, unseen, None, folds)
        if self.echoes is not None:
            log_odds += self.echoes.log_odds(self.examples.stems)
        if self.meaning is None:
            return Fitted(self._scorer(shared, None), shared, log_odds)
        matches = self.meaning.unseen(folds)
        with_meaning = self._stacker(unseen, matches, meaning_prior, seed)
        return Fitted(
            self._scorer(shared, with_meaning),
            shared,
            log_odds,
            self._log_odds(with_meaning, unseen, matches, folds),
        )

    def _untaught(self, prior: Prior | None, meaning_prior: Prior | None) -> Fitted:
        has_rules = self.holds is not None
        shared = untaught(prior, has_rules, with_meaning=False)
        if self.meaning is None:
            scorer = self._scorer(shared, None)
            return Fitted(scorer, shared, self._said_by(scorer, None))
        with_meaning = untaught(meaning_prior, has_rules, with_meaning=True)
        scorer = self._scorer(shared, with_meaning)
        said = self._said_by(scorer, None), self._said_by(scorer, self.meaning.texts)
        return Fitted(scorer, shared, *said)

    def _said_by(self, scorer: Scorer, sentences: Scores | None) -> Scores:
        """Log-odds by a scorer that has learned from no label: it has not seen these texts'."""
        log_odds = np.empty(self.y.shape, dtype=np.float32)
        holds = np.zeros(self.y.shape, dtype=np.float32) if self.holds is None else self.holds
        for start in range(0, len(self.texts), CHUNK):
            rows = slice(start, start + CHUNK)
            part = None if sentences is None else sentences[rows]
            log_odds[rows] = scorer.log_odds(self.texts[rows], holds[rows], part)
        return log_odds

    def _stacker(
        self, unseen: Unseen, matches: MeaningMatches | None, prior: Prior | None, seed: int
    ) -> SharedWeights:
        parts = self._parts(unseen, matches)
        return fit_stacker(parts, unseen.examples, self.y, self.weights, prior, seed)

    def _log_odds(
        self,
        shared: SharedWeights,
        unseen: Unseen,
        matches: MeaningMatches | None,
        folds: NDArray[np.int64],
    ) -> Scores:
        log_odds = np.empty(self.y.shape, dtype=np.float32)
        for rows, inputs in self._parts(unseen, matches):
            # The number of examples is the same for all texts of a fold.
            for fold in np.unique(folds[rows]):
                held = np.flatnonzero(folds[rows] == fold)
                weights = shared.folded(unseen.examples[rows][held[0]])
                log_odds[rows][held] = weights.log_odds([values[held] for values in inputs])
        return log_odds

    def _parts(
        self, unseen: Unseen, matches: MeaningMatches | None
    ) -> Iterator[tuple[slice, list[Scores]]]:
        """The stacker's inputs, part by part: all at once would not fit into memory."""
        for start in range(0, len(self.texts), CHUNK):
            rows = slice(start, start + CHUNK)
            rules = None
            if self.holds is not None:
                rules = RuleMatches(self.holds[rows], unseen.rule_precision[rows])
            scores = unseen.ridge[rows], unseen.prototype[rows]
            inputs = self.builder.inputs(*scores, self._labels(rows), rules)
            if matches is not None:
                inputs += self.builder.of_meaning(matches.part(rows))
            yield rows, inputs

    def _labels(self, rows: slice) -> LabelMatches:
        return self.words.labels.matches([stems_of(text) for text in self.texts[rows]])

    def _scorer(self, shared: SharedWeights, with_meaning: SharedWeights | None) -> Scorer:
        y = self.y.astype(np.float32)
        every, counts = np.arange(len(y)), y.sum(axis=0)
        ridge, mean = self.examples.ridge_weights()
        precision = None
        if self.holds is not None:
            precision = rule_precision(self.holds, y, self.weights)
        meaning = None
        if self.meaning is not None and with_meaning is not None:
            meaning = MeaningScorer(self.meaning.learned(every), with_meaning.folded(counts))
        return Scorer(
            spaces=self.words.spaces,
            labels=self.words.labels,
            builder=self.builder,
            ridge=ridge,
            ridge_mean=mean,
            prototypes=self.examples.prototypes(every),
            rule_precision=precision if self.weights.any() or precision is None else 0 * precision,
            weights=shared.folded(counts),
            meaning=meaning,
            echoes=self.echoes,
        )
