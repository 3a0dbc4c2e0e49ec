"""Our estimators keep scikit-learn's contract: its own checks where X may be numbers, else ours."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.utils.estimator_checks import estimator_checks_generator

from classifier.ml.estimators import CategoryClassifier
from classifier.ml.lexical import LexicalMatcher
from classifier.ml.logistic import AnchoredLogistic
from tests.classifier.ml.examples import category, corpus, everything, topic_grants

# The other thirty-odd fit on arrays of numbers; ours read a corpus of texts.
WITHOUT_NUMBERS = {
    "check_do_not_raise_errors_in_init_or_set_params",
    "check_estimator_cloneable",
    "check_estimator_repr",
    "check_estimator_tags_renamed",
    "check_estimators_unfitted",
    "check_get_params_invariance",
    "check_mixin_order",
    "check_no_attributes_set_in_init",
    "check_parameters_default_constructible",
    "check_set_params",
    "check_valid_tag_types",
}
CATEGORIES = [category("MU", "Music"), category("AN", "Animals"), category("WA", "Water")]
OF_TEXTS = [CategoryClassifier(CATEGORIES), LexicalMatcher(CATEGORIES)]


def name_of(value):
    return getattr(getattr(value, "func", None), "__name__", type(value).__name__)


def checks_of(estimators, wanted):
    return [
        (checked, check)
        for estimator in estimators
        for checked, check in estimator_checks_generator(estimator)
        if wanted(check.func.__name__)
    ]


# All but the one for arrays of other libraries, which scikit-learn leaves out by default too.
@pytest.mark.parametrize(
    ("estimator", "check"),
    checks_of([AnchoredLogistic()], lambda name: "array_api" not in name),
    ids=name_of,
)
def test_the_regression_is_a_scikit_learn_estimator(estimator, check):
    check(estimator)


@pytest.mark.parametrize(
    ("estimator", "check"),
    checks_of(OF_TEXTS, lambda name: name in WITHOUT_NUMBERS),
    ids=name_of,
)
def test_what_reads_texts_passes_every_check_that_asks_for_no_numbers(estimator, check):
    check(estimator)


def test_all_of_those_checks_are_there_in_this_release():
    for estimator in OF_TEXTS:
        named = {name_of(check) for _, check in estimator_checks_generator(estimator)}
        assert named >= WITHOUT_NUMBERS


@pytest.fixture(scope="module")
def grants():
    return topic_grants(30)


@pytest.fixture(params=OF_TEXTS, ids=name_of)
def fit(request, grants):
    texts, y = grants
    more = (y, *everything(y), texts) if isinstance(request.param, CategoryClassifier) else ()
    return lambda estimator=None: (estimator or clone(request.param)).fit(texts, *more)


def test_fitting_returns_itself_and_changes_no_parameter(fit):
    estimator = fit()
    before = estimator.get_params()
    assert fit(estimator) is estimator
    assert estimator.get_params() == before


def test_fitting_again_or_a_clone_gives_the_same(fit, grants):
    texts, _ = grants
    estimator = fit()
    first = estimator.predict_proba(texts)
    assert (fit(estimator).predict_proba(texts) == first).all()
    assert (fit(clone(estimator)).predict_proba(texts) == first).all()


def test_what_is_said_of_a_text_hangs_on_no_other_text(fit, grants):
    texts, _ = grants
    estimator = fit()
    together = estimator.predict_proba(texts)
    backwards = texts.take(np.arange(len(texts))[::-1])
    assert estimator.predict_proba(backwards)[::-1] == pytest.approx(together, abs=1e-6)
    alone = np.vstack([estimator.predict_proba(texts.take([row])) for row in range(5)])
    assert alone == pytest.approx(together[:5], abs=1e-6)
    assert estimator.predict_proba(corpus()).shape == (0, 3)
