"""The classical families, each a short recipe of scikit-learn's own parts.

A recipe is handed ``X``, sparse TF-IDF of shape (n_texts, n_terms), ``y`` of shape (n_texts,
n_columns) in which every column has both answers, and a seed.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.ensemble import RandomForestRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.multioutput import ClassifierChain
from sklearn.naive_bayes import ComplementNB
from sklearn.neural_network import MLPClassifier
from sklearn.svm import LinearSVC

from classifier.backends.fitted import (
    Chain,
    Fitted,
    Forest,
    Linear,
    Neighbours,
    Perceptron,
    Powerset,
)

Answers = NDArray[np.int64]
Fit = Callable[[sparse.csr_array, Answers, int], Fitted]
NEIGHBOURS = 20
TREES = 100
LEAF = 3  # training texts at a leaf, at least; with fewer a forest is larger and no better
HIDDEN = 64
PASSES = 40
# On four fifths of 10,000 NEH grants 6 passes, which are so many steps, found more than 12 in less
# than half the time: R@10 .763 and .738 on the last fifth.
STEPS = 1000
BATCH = 64
RARE_SET = 2  # a set of categories that fewer texts have is split into its categories


@dataclass(frozen=True)
class Family:
    """A recipe by name."""

    name: str
    method: str
    fit: Fit


def logistic_regression(X: sparse.csr_array, y: Answers, seed: int) -> Linear:
    """One for each category; C and weights as in the project's first measurements."""
    return _one_versus_rest(lambda: _logistic(seed), X, y)


def linear_svm(X: sparse.csr_array, y: Answers, seed: int) -> Linear:
    """One for each category; the score is the distance from its plane."""
    return _one_versus_rest(
        lambda: LinearSVC(C=0.5, class_weight="balanced", max_iter=10_000, random_state=seed), X, y
    )


def sgd(X: sparse.csr_array, y: Answers, seed: int) -> Linear:
    """Logistic loss, one text at a time."""
    return _one_versus_rest(
        lambda: SGDClassifier(
            loss="log_loss", alpha=1e-4, class_weight="balanced", random_state=seed
        ),
        X,
        y,
    )


def complement_naive_bayes(X: sparse.csr_array, y: Answers, seed: int) -> Linear:
    """Each text once for every category of it (Rennie et al. 2003). It draws no lots."""
    if y.shape[1] == 1:  # nothing else to compare with but not having it
        without, having = ComplementNB().fit(X, y[:, 0]).feature_log_prob_
        return Linear(_f32((having - without)[:, None]), np.zeros(1, dtype=np.float32))
    rows, columns = np.nonzero(y)
    weights = ComplementNB().fit(X[rows], columns).feature_log_prob_.T
    # It compares the categories of one text; what all have in common says nothing of any.
    weights = weights - weights.mean(axis=1, keepdims=True)
    return Linear(weights.astype(np.float32), np.zeros(y.shape[1], dtype=np.float32))


def classifier_chain(X: sparse.csr_array, y: Answers, seed: int) -> Chain:
    """Frequent categories are decided first; it is their decisions that say most of the others."""
    order = np.argsort(-y.sum(axis=0), kind="stable")
    chain = ClassifierChain(_logistic(seed), order=order.tolist()).fit(X, y)
    n_terms, n = X.shape[1], y.shape[1]
    weights, offsets = np.zeros((n_terms, n)), np.zeros(n)
    links = np.zeros((n, n))
    for place, (column, link) in enumerate(zip(order, chain.estimators_, strict=True)):
        weights[:, column], offsets[column] = link.coef_[0, :n_terms], link.intercept_[0]
        links[order[:place], column] = link.coef_[0, n_terms:]
    return Chain(_f32(weights), _f32(offsets), _f32(links), order.astype(np.int64))


def label_powerset(X: sparse.csr_array, y: Answers, seed: int) -> Powerset:
    """A class for each set of categories that two texts have, and for each single category.

    Rarer sets are split (pruned problem transformation, Read 2008): most occur once.
    """
    found, number, count = np.unique(y, axis=0, return_inverse=True, return_counts=True)
    number = number.ravel()
    is_kept = (count >= RARE_SET) | (found.sum(axis=1) <= 1)
    whole = np.flatnonzero(is_kept[number])
    rows, columns = np.nonzero(y * ~is_kept[number][:, None])
    singles = np.eye(y.shape[1], dtype=y.dtype)[columns]
    examples = np.concatenate([y[whole], singles])
    sets, classes = np.unique(examples, axis=0, return_inverse=True)
    texts = X[np.concatenate([whole, rows])]
    binary = (classes.ravel()[:, None] == np.arange(len(sets))).astype(np.int64)
    if len(sets) == 1:  # a single class asks nothing
        nothing = Linear(_f32(np.zeros((X.shape[1], 1))), _f32(np.zeros(1)))
        return Powerset(nothing.weights, nothing.offsets, _f32(sets))
    linear = logistic_regression(texts, binary, seed)
    return Powerset(linear.weights, linear.offsets, _f32(sets))


def nearest_neighbours(X: sparse.csr_array, y: Answers, seed: int) -> Neighbours:
    """Nothing is learned, everything is kept. It draws no lots."""
    rows = sparse.csr_array(X, dtype=np.float32)
    indices, indptr = rows.indices.astype(np.int32), rows.indptr.astype(np.int32)
    return Neighbours(rows.data, indices, indptr, X.shape[1], _f32(y), NEIGHBOURS)


def random_forest(X: sparse.csr_array, y: Answers, seed: int) -> Forest:
    """All categories in each tree. Squared error of 0 and 1 is Gini impurity, in half the room."""
    forest = RandomForestRegressor(
        TREES, min_samples_leaf=LEAF, max_features="sqrt", random_state=seed
    ).fit(X, _one_as_vector(y).astype(np.float64))
    trees = [estimator.tree_ for estimator in forest.estimators_]
    roots = np.cumsum([0, *(tree.node_count for tree in trees[:-1])])

    def nodes(name: str) -> NDArray[np.int32]:
        parts = [getattr(tree, name) for tree in trees]
        moved = [np.where(p < 0, -1, p + root) for p, root in zip(parts, roots, strict=True)]
        return np.concatenate(moved).astype(np.int32)

    shares = [tree.value[:, :, 0].astype(np.float32) for tree in trees]
    return Forest(
        left=nodes("children_left"),
        right=nodes("children_right"),
        term=np.concatenate([tree.feature for tree in trees]).astype(np.int32),
        bound=np.concatenate([tree.threshold for tree in trees]).astype(np.float32),
        shares=np.concatenate(shares),
        roots=roots.astype(np.int32),
    )


def perceptron(X: sparse.csr_array, y: Answers, seed: int) -> Perceptron:
    """One hidden layer, so many passes over the texts, and fewer over many of them."""
    batch = min(BATCH, X.shape[0])
    network = MLPClassifier(
        (HIDDEN,),
        batch_size=batch,
        learning_rate_init=0.005,
        max_iter=min(PASSES, max(1, STEPS * batch // X.shape[0])),
        random_state=seed,
    )
    with warnings.catch_warnings():
        # Stopping early is the recipe: it keeps a network from learning the texts by heart.
        warnings.simplefilter("ignore", ConvergenceWarning)
        network.fit(X, _one_as_vector(y))
    (first, second), (before, after) = network.coefs_, network.intercepts_
    return Perceptron(_f32(first), _f32(before), _f32(second), _f32(after))


FAMILIES = {
    family.name: family
    for family in (
        Family("logistic_regression", "one logistic regression a category", logistic_regression),
        Family("linear_svm", "one linear support vector machine a category", linear_svm),
        Family("sgd", "one logistic regression a category by stochastic gradient descent", sgd),
        Family("complement_naive_bayes", "complement naive Bayes", complement_naive_bayes),
        Family("nearest_neighbours", f"the {NEIGHBOURS} nearest neighbours", nearest_neighbours),
        Family("random_forest", f"a random forest of {TREES} trees", random_forest),
        Family("classifier_chain", "a chain of logistic regressions", classifier_chain),
        Family("label_powerset", "a class for each set of categories", label_powerset),
        Family("perceptron", f"a perceptron with {HIDDEN} hidden units", perceptron),
    )
}


def _one_as_vector(y: Answers) -> Answers:
    """Scikit-learn warns of a matrix with a single column."""
    return y if y.shape[1] > 1 else y[:, 0]


def _logistic(seed: int) -> LogisticRegression:
    return LogisticRegression(
        C=10.0, class_weight="balanced", solver="liblinear", random_state=seed
    )


def _one_versus_rest(make: Callable[[], Any], X: sparse.csr_array, y: Answers) -> Linear:
    X = sparse.csr_array(X, dtype=np.float64)  # once, and not anew for each category
    fits = [make().fit(X, y[:, column]) for column in range(y.shape[1])]
    weights = np.stack([fit.coef_[0] for fit in fits], axis=1)
    return Linear(_f32(weights), _f32(np.array([fit.intercept_[0] for fit in fits])))


def _f32(values: NDArray[Any]) -> NDArray[np.float32]:
    return np.ascontiguousarray(values, dtype=np.float32)
