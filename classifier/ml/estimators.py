"""The classifier of the site: words of annotated grants, and category words where few are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from classifier.ml.calibration import LogisticMap, fit_map, log_odds
from classifier.ml.chunks import in_chunks
from classifier.ml.evidence import read_words, surface_forms
from classifier.ml.folds import fold_numbers, groups_of
from classifier.ml.lexical import THRESHOLD, LexicalMatcher
from classifier.ml.linear import fit_columns, out_of_fold_scores
from classifier.ml.text import CategoryText, Corpus
from classifier.ml.thresholds import shrunk_threshold, tick
from classifier.ml.vocabulary import learned_vocabulary
from classifier.ml.words import stems

# Fitted on the 1,597 training texts of UK-CAT; they matter while there are few labels.
OWN_DEFAULT = LogisticMap((0.65, 0.35, 0.3))  # linear score, lexical log-odds, constant
LEXICAL_DEFAULT = LogisticMap((1.0, 0.0))
MIN_RANDOM_POSITIVES = 20


class CategoryClassifier(BaseEstimator):
    """Probabilities of categories from annotated grants.

    Unigram TF-IDF and one balanced logistic regression a category, on direct categories. A
    category with too few examples falls back on the lexical matcher. Two logistic maps shared
    by all categories turn the scores into probabilities: one of linear score and lexical
    log-odds, one of the lexical log-odds alone for those that fall back.

    Parameters
    ----------
    categories : list of CategoryText
        Their order is the order of the columns.
    min_examples : int, default=5
        A category with fewer independent examples (recipients or texts), or fewer known
        negatives, falls back.
    folds : int, default=5
        Folds of the out-of-fold scores; grouped by recipient and by equal text.
    seed : int, default=0
        Same data and seed give the same probabilities.

    Attributes
    ----------
    matcher_ : LexicalMatcher
    vocabulary_ : Vocabulary
        Stems that occur in the grants of at least two recipients.
    weights_ : LinearWeights
        Of the categories with a model of their own, in the order of the categories.
    own_map_, lexical_map_ : LogisticMap
    thresholds_ : ndarray of shape (n_categories,), float
        Probability from which a category is ticked.
    falls_back_ : ndarray of shape (n_categories,), bool
    tuned_on_ : {"random", "all"}
        Which rows calibration and thresholds were fitted on.
    proba_oof_ : ndarray of shape (n_texts, n_categories), float32
        Probabilities of the training texts by models that have not seen them; not saved.
    """

    def __init__(
        self,
        categories: list[CategoryText],
        min_examples: int = 5,
        folds: int = 5,
        seed: int = 0,
    ) -> None:
        self.categories = categories
        self.min_examples = min_examples
        self.folds = folds
        self.seed = seed

    def fit(
        self,
        corpus: Corpus,
        y: NDArray[np.int64],
        known: NDArray[np.bool_],
        tune: NDArray[np.bool_],
        background: Corpus,
    ) -> CategoryClassifier:
        """Fit on annotated grants; with none at all, every category falls back.

        Parameters
        ----------
        corpus : Corpus
            The annotated grants.
        y : ndarray of shape (n_texts, n_categories), 0 or 1
            Direct categories.
        known : ndarray of shape (n_texts, n_categories), bool
            Where it is False nobody has answered: that pair trains and tunes nothing.
        tune : ndarray of shape (n_texts,), bool
            Grants of the random stream. Calibration and thresholds are fitted on these alone,
            unless fewer than 20 positives are among them.
        background : Corpus
            All grant texts there are, for vocabulary and word statistics.

        Raises
        ------
        ValueError
            If the shapes do not belong together.
        """
        y, known, tune = self._checked(corpus, y, known, tune)
        self.matcher_ = LexicalMatcher(self.categories).fit(background)
        self.vocabulary_ = learned_vocabulary(background)
        groups = groups_of(corpus)
        self.falls_back_ = self._too_few(y, known, groups)
        X = self.vocabulary_.transform(map(stems, corpus.texts))
        folds = self._folds(groups, np.asarray(known.any(axis=1)))
        unseen = out_of_fold_scores(X, y, known, self._own(), folds, self.seed)
        self.weights_ = fit_columns(X, y, known, self._own(), self.seed)
        self._tune(unseen, self.matcher_.predict_proba(corpus), y, self._pairs(y, known, tune))
        return self

    def _checked(
        self, corpus: Corpus, y: object, known: object, tune: object
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]:
        # int64 whatever comes: scikit-learn 1.9.1 permutes the columns of int8 indicators.
        answers = np.asarray(y, dtype=np.int64)
        shape = (len(corpus), len(self.categories))
        known, tune = np.asarray(known, dtype=bool), np.asarray(tune, dtype=bool)
        if answers.shape != shape or known.shape != shape or tune.shape != shape[:1]:
            raise ValueError(
                f"{shape[0]} texts and {shape[1]} categories need y and known of shape {shape} "
                f"and tune of shape {shape[:1]}; got {answers.shape}, {known.shape}, {tune.shape}."
            )
        return answers * known, known, tune

    def _too_few(
        self, y: NDArray[np.int64], known: NDArray[np.bool_], groups: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        rows, columns = np.nonzero(y)
        # One recipient's grants are one example, however many they are.
        pairs = np.unique(np.stack([groups[rows], columns]), axis=1)
        examples = np.bincount(pairs[1], minlength=y.shape[1])
        negatives = (known & (y == 0)).sum(axis=0)
        return np.asarray(np.minimum(examples, negatives) < self.min_examples)

    def _folds(self, groups: NDArray[np.int64], answered: NDArray[np.bool_]) -> NDArray[np.int64]:
        folds = np.zeros(len(groups), dtype=np.int64)
        # A grant without any answer must not even move the others to another fold.
        folds[answered] = fold_numbers(groups[answered], self.folds, self.seed)
        return folds

    def _own(self) -> list[int]:
        return [int(column) for column in np.flatnonzero(~self.falls_back_)]

    def _pairs(
        self, y: NDArray[np.int64], known: NDArray[np.bool_], tune: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        """The pairs to tune on, bool of shape (n_texts, n_categories)."""
        enough = y[tune].sum() >= MIN_RANDOM_POSITIVES
        self.tuned_on_ = "random" if enough else "all"
        return known & tune[:, None] if enough else known

    def _tune(
        self,
        unseen: NDArray[np.float32],
        lexical: NDArray[np.float32],
        y: NDArray[np.int64],
        pairs: NDArray[np.bool_],
    ) -> None:
        prior, own = log_odds(lexical), ~self.falls_back_
        chosen = pairs[:, own]
        inputs = [unseen[chosen], prior[:, own][chosen]]
        self.own_map_ = fit_map(inputs, y[:, own][chosen], OWN_DEFAULT)
        chosen = pairs & self.falls_back_ & (lexical > 0)
        self.lexical_map_ = fit_map([prior[chosen]], y[chosen], LEXICAL_DEFAULT)
        self.proba_oof_ = self._calibrated(unseen, lexical)
        threshold = shrunk_threshold(y[pairs], self.proba_oof_[pairs], THRESHOLD)
        self.thresholds_ = np.full(len(self.categories), threshold)

    def _calibrated(
        self, linear: NDArray[np.float32], lexical: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Probabilities out of linear scores (own columns only) and lexical probabilities."""
        prior, own = log_odds(lexical), ~self.falls_back_
        proba = np.where(lexical > 0, self.lexical_map_(prior), np.float32(0))
        proba[:, own] = self.own_map_(linear, prior[:, own])
        return proba

    def predict_proba(self, corpus: Corpus) -> NDArray[np.float32]:
        """Calibrated probabilities, float32 of shape (n_texts, n_categories), 0 to 1."""
        check_is_fitted(self, "thresholds_")
        return in_chunks(self._part_proba, corpus, len(self.categories))

    def _part_proba(self, part: Corpus) -> NDArray[np.float32]:
        documents = [stems(text) for text in part.texts]
        linear = self.weights_.scores(self.vocabulary_.transform(documents))
        return self._calibrated(linear, self.matcher_.match(documents, part))

    def decide(self, proba: NDArray[np.float32]) -> NDArray[np.bool_]:
        """What is ticked, of the shape of ``proba`` (see :func:`classifier.ml.thresholds.tick`)."""
        return tick(proba, self.thresholds_, self.matcher_.ancestors_)

    def evidence(self, text: str, batch: str, columns: Sequence[int]) -> list[list[str]]:
        """For each column at most six words of the text that speak for it, most telling first.

        Words with the largest positive weight x TF-IDF; the matcher's words where the category
        falls back, or where no word speaks for it.
        """
        read = read_words(text)
        X = self.vocabulary_.transform([[root for _, root in read]])
        return [
            surface_forms(read, self._contributions(X, column))
            or self.matcher_.evidence(text, batch, [column])[0]
            for column in columns
        ]

    def _contributions(self, X: sparse.csr_array, column: int) -> dict[str, float]:
        """What each stem of one text adds to a category's linear score; empty if it has none."""
        if self.falls_back_[column]:
            return {}
        own = int(np.count_nonzero(~self.falls_back_[:column]))
        added = self.weights_.coefficients[X.indices, own] * X.data
        return {
            self.vocabulary_.terms[term]: float(amount)
            for term, amount in zip(X.indices, added, strict=True)
        }
