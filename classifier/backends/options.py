"""The options by name: what makes each, and whether it can run here.

A further option has its own file, and one line in ``OPTIONS``. Nothing is imported that an option
needs before it is made, so that whoever only asks for names pays for no library.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from annotation.installing import install_line

if TYPE_CHECKING:
    from classifier.backends.protocol import Backend

PRODUCTION = "production"


class NoSuchOption(Exception):
    """No option has this name, or it cannot run here; the message says what to do."""


@dataclass(frozen=True)
class Option:
    """``wants``: empty if it can run here, else a sentence with what to do; ``words``: what people
    read for the name; ``says_why``: whether its models can say which words spoke for a category.
    """

    name: str
    make: Callable[[], Backend[Any]]
    wants: Callable[[], str]
    words: str
    says_why: bool = False


def nothing() -> str:
    """It needs no more than the site itself."""
    return ""


def _production() -> Backend[Any]:
    from classifier.backends.scikit_learn import Production

    return Production()


def _classical(name: str) -> Backend[Any]:
    from classifier.backends.scikit_learn import CLASSICAL

    return CLASSICAL[name]


def _fasttext(name: str) -> Backend[Any]:
    from classifier.backends.fasttext import FASTTEXTS

    return FASTTEXTS[name]


def _wants_fasttext() -> str:
    line = install_line("fasttext")
    return f"Install fastText: {line}" if line else ""


def _blazingtext() -> Backend[Any]:
    from classifier.backends.sagemaker_blazingtext import BlazingText

    return BlazingText()


def _wants_blazingtext() -> str:
    from classifier.backends.sagemaker_account import the_site

    # It is served by fastText, so both have to be there.
    return _wants_fasttext() or the_site().wants()


_FASTTEXTS = {"fasttext": "fastText", "fasttext_softmax": "fastText as BlazingText learns"}
_FAMILIES = {
    "logistic_regression": "Logistic regression",
    "linear_svm": "Linear support vector machine",
    "sgd": "Logistic regression by stochastic gradient descent",
    "complement_naive_bayes": "Complement naive Bayes",
    "nearest_neighbours": "Nearest neighbours",
    "random_forest": "Random forest",
    "classifier_chain": "Classifier chain",
    "label_powerset": "Label powerset",
    "perceptron": "Perceptron",
}
_LINEAR = {"logistic_regression", "linear_svm", "sgd", "complement_naive_bayes"}
OPTIONS: dict[str, Option] = {
    option.name: option
    for option in (
        Option(PRODUCTION, _production, nothing, "The site’s own recipe", says_why=True),
        *(
            Option(name, partial(_classical, name), nothing, words, name in _LINEAR)
            for name, words in _FAMILIES.items()
        ),
        *(
            Option(name, partial(_fasttext, name), _wants_fasttext, words)
            for name, words in _FASTTEXTS.items()
        ),
        Option(
            "sagemaker_blazingtext",
            _blazingtext,
            _wants_blazingtext,
            "BlazingText, trained in Amazon SageMaker",
        ),
    )
}


def option_named(name: str) -> Option:
    """The option of this name, whether or not it can run here.

    Raises
    ------
    NoSuchOption
        If there is none.
    """
    if name not in OPTIONS:
        raise NoSuchOption(f"There is no backend {name!r}. There are {', '.join(OPTIONS)}.")
    return OPTIONS[name]


def made(name: str) -> Backend[Any]:
    """The option of this name, ready to fit and to load.

    Raises
    ------
    NoSuchOption
        If there is none, or if it cannot run here: then with what it wants.
    """
    option = option_named(name)
    if wants := option.wants():
        raise NoSuchOption(f"The backend {name!r} cannot run here. {wants}")
    return option.make()
