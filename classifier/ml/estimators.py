"""The classifier of the site: words of annotated grants and words of the categories, in one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from classifier.ml.background import Background
from classifier.ml.backoff import decided
from classifier.ml.calibration import UNTAUGHT, UNTAUGHT_MEANING, fit_facet_maps, start_at
from classifier.ml.chunks import in_chunks
from classifier.ml.explaining import explained
from classifier.ml.fitting import Fitted, Fitting, Vectors
from classifier.ml.folds import fold_numbers, groups_of
from classifier.ml.hierarchy import ancestor_matrix
from classifier.ml.lexical import LexicalMatcher
from classifier.ml.meaning import CategoryVectors
from classifier.ml.priors import prior_named
from classifier.ml.teaching import checked, pairs_to_tune_on, weights_of
from classifier.ml.text import CategoryText, Corpus
from classifier.ml.thresholds import facet_thresholds

THRESHOLD = 0.27


class CategoryClassifier(BaseEstimator):
    """Probabilities of direct categories, from no label at all to many thousands.

    Ridge and prototype scores from annotated grants and from the words of the categories, how far
    a text speaks those words, and the keyword rules are weighed by one logistic regression that
    all categories share. Its weights change with a category's number of examples, so a category
    without any is served by its words, and one with hundreds by its examples.

    It keeps scikit-learn's contract, but X is a :class:`~classifier.ml.text.Corpus`: texts with
    their recipients and programmes. So those of ``check_estimator`` that fit on arrays of numbers
    cannot apply; the tests run the others, and the same questions asked with texts.

    Parameters
    ----------
    categories : list of CategoryText
        Their order is the order of the columns.
    prior : {"pooled", "uk", "neh", "none"}, default="pooled"
        Where the shared weights start from (:mod:`classifier.ml.priors`).
    use_rules : bool, default=True
        Whether keyword rules play a part.
    min_examples : int, default=5
        A category with fewer independent examples (recipients or texts) is marked as resting on
        its words.
    folds : int, default=5
        Folds of the out-of-fold scores; grouped by recipient and by equal text.
    seed : int, default=0
        Same data and seed give the same probabilities.

    Attributes
    ----------
    scorer_ : Scorer
        The fast path.
    shared_ : SharedWeights
        The stacker, before it is folded into weights of each category.
    maps_ : FacetMaps
        From the stacker's log-odds to calibrated probabilities, for texts as words.
    meaning_maps_ : FacetMaps or None
        The same for texts with sentence vectors; None where nothing was learned from any.
    thresholds_ : ndarray of shape (n_categories,), float
        Probability from which a category is ticked.
    falls_back_ : ndarray of shape (n_categories,), bool
        Whether a category rests on its words more than on examples.
    tuned_on_ : {"random", "all"}
        Which rows calibration and thresholds were fitted on.
    proba_oof_ : ndarray of shape (n_texts, n_categories), float32
        Probabilities of the training texts by models that have not seen them; not saved.
    """

    def __init__(
        self,
        categories: list[CategoryText],
        prior: str = "pooled",
        use_rules: bool = True,
        min_examples: int = 5,
        folds: int = 5,
        seed: int = 0,
    ) -> None:
        self.categories = categories
        self.prior = prior
        self.use_rules = use_rules
        self.min_examples = min_examples
        self.folds = folds
        self.seed = seed

    def fit(
        self,
        corpus: Corpus,
        y: NDArray[np.int64],
        known: NDArray[np.bool_],
        tune: NDArray[np.bool_],
        background: Corpus | Background,
        weights: NDArray[np.float32] | None = None,
        category_vectors: CategoryVectors | None = None,
    ) -> CategoryClassifier:
        """Fit on annotated grants, or on none.

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
        background : Corpus or Background
            All grant texts there are, for vocabulary and word statistics; or what
            :meth:`learn_background` made of them, where many fits share them.
        weights : ndarray of shape (n_texts, n_categories), optional
            How much each known pair teaches, above 0 to 1; 1 where it is not given.
        category_vectors : CategoryVectors, optional
            If they are given, and ``corpus`` has vectors, sentence vectors are learned from too.

        Raises
        ------
        ValueError
            If the shapes do not belong together, or there is no prior of this name.
        """
        prior = prior_named(self.prior)
        shape = len(corpus), len(self.categories)
        y, known, tune = checked(shape, y, known, tune)
        weighed = weights_of(known, weights)
        if isinstance(background, Corpus):
            background = self.learn_background(background)
        self.prepare(background.matcher)
        groups = groups_of(corpus)
        self.falls_back_ = self.too_few(y, groups)
        holds = self.reader_.rule_matches(corpus) if self.has_rules_ else None
        vectors = None
        if category_vectors is not None and corpus.vectors is not None:
            vectors = Vectors(corpus.vectors, category_vectors)
        texts = self.reader_.read(corpus)
        n = float((y * weighed).sum())
        words, echoes = background.words, background.echoes(n)
        fitted = Fitting(self.categories, words, texts, holds, y, weighed, vectors, echoes).fit(
            prior, self._folds(groups, known), self.seed
        )
        self.scorer_, self.shared_ = fitted.scorer, fitted.shared
        self._tune(fitted, y, self._pairs(y, known, tune), n)
        return self

    def learn_background(self, corpus: Corpus) -> Background:
        """Vocabulary and word statistics of all grant texts there are; no label is used."""
        return Background.learned(self.categories, corpus, self.use_rules)

    @property
    def reads_meaning(self) -> bool:
        """Whether the fitted classifier has learned from sentence vectors, and asks for them."""
        return self.scorer_.meaning is not None

    def prepare(self, matcher: LexicalMatcher) -> CategoryClassifier:
        """Set up all that follows from the categories, the parameters and the matcher."""
        self.matcher_ = matcher
        self.reader_ = matcher.reader_
        self.ancestors_ = ancestor_matrix(self.categories)
        self.has_rules_ = self.use_rules and bool(self.reader_.rules.columns)
        return self

    def too_few(self, y: NDArray[np.int64], groups: NDArray[np.int64]) -> NDArray[np.bool_]:
        rows, columns = np.nonzero(y)
        # One recipient's grants are one example, however many they are.
        pairs = np.unique(np.stack([groups[rows], columns]), axis=1)
        examples = np.bincount(pairs[1], minlength=y.shape[1])
        return np.asarray(examples < self.min_examples)

    def _folds(self, groups: NDArray[np.int64], known: NDArray[np.bool_]) -> NDArray[np.int64]:
        folds, answered = np.zeros(len(groups), dtype=np.int64), np.asarray(known.any(axis=1))
        # A grant without any answer must not even move the others to another fold.
        folds[answered] = fold_numbers(groups[answered], self.folds, self.seed)
        return folds

    def _pairs(
        self, y: NDArray[np.int64], known: NDArray[np.bool_], tune: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        """The pairs to tune on, bool of shape (n_texts, n_categories)."""
        pairs, enough = pairs_to_tune_on(y, known, tune)
        self.tuned_on_ = "random" if enough else "all"
        return pairs

    def _tune(
        self, fitted: Fitted, y: NDArray[np.int64], pairs: NDArray[np.bool_], n_examples: float
    ) -> None:
        facets = self.scorer_.builder.facets
        starts = start_at(n_examples, UNTAUGHT), start_at(n_examples, UNTAUGHT_MEANING)
        self.maps_ = fit_facet_maps(fitted.unseen, y, pairs, facets, starts[0])
        self.meaning_maps_ = None
        self.proba_oof_ = self.maps_(fitted.unseen)
        if fitted.unseen_with_meaning is not None:
            unseen = fitted.unseen_with_meaning
            self.meaning_maps_ = fit_facet_maps(unseen, y, pairs, facets, starts[1])
            self.proba_oof_ = self.meaning_maps_(unseen)
        # One set for both: of calibrated probabilities nearly the same threshold is best.
        self.thresholds_ = facet_thresholds(y, self.proba_oof_, pairs, facets, THRESHOLD)

    def predict_proba(self, corpus: Corpus) -> NDArray[np.float32]:
        """Calibrated probabilities, float32 of shape (n_texts, n_categories), 0 to 1.

        Sentence vectors are read where the corpus has them and the classifier knows some.
        """
        check_is_fitted(self, "thresholds_")
        return in_chunks(self._part_proba, corpus, len(self.categories))

    def _part_proba(self, part: Corpus) -> NDArray[np.float32]:
        if self.meaning_maps_ is not None and part.vectors is not None:
            return self.meaning_maps_(self.log_odds(part))
        return self.maps_(self.log_odds(part))

    def log_odds(self, part: Corpus) -> NDArray[np.float32]:
        """The stacker's log-odds of at most a few thousand texts, before calibration."""
        holds = self.reader_.rule_matches(part)
        return self.scorer_.log_odds(self.reader_.read(part), holds, part.vectors)

    def decide(self, proba: NDArray[np.float32], at_least_one: bool = False) -> NDArray[np.bool_]:
        """What is ticked, of the shape of ``proba`` (see :func:`classifier.ml.thresholds.tick`).

        A broader category is ticked too where its narrower ones are unsure
        (:mod:`classifier.ml.backoff`); ``at_least_one`` ticks the likeliest where nothing else is.
        """
        return decided(proba, self.thresholds_, self.ancestors_, at_least_one)

    def evidence(
        self, corpus: Corpus, columns: Sequence[Sequence[int]]
    ) -> Iterator[list[list[str]]]:
        """For each text and each of its columns at most six words that speak for it.

        What its keyword rule found stands first, then the words that add most to the log-odds.
        """
        return explained(self.scorer_, self.reader_, corpus, columns)
