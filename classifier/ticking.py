"""What staff have set about ticking, laid upon a loaded model: the same for every reader."""

import copy
from collections.abc import Mapping

import numpy as np

from annotation.models import Category, SiteSettings
from classifier.backends.with_words import WithWords
from classifier.ml.estimators import CategoryClassifier
from classifier.ml.lexical import LexicalMatcher

Model = CategoryClassifier | LexicalMatcher | WithWords


def as_set(model: Model, site: SiteSettings) -> Model:
    """The model with its own thresholds, or with the one that staff have named for all.

    The given model stays as it is: threads that classify texts share it.
    """
    if site.ticking != SiteSettings.Ticking.FIXED:
        return model
    fixed = copy.copy(model)
    fixed.thresholds_ = np.full(len(model.categories), site.fixed_threshold)
    return fixed


def sensitive_columns(categories: Mapping[int, Category]) -> set[int]:
    """Those of the categories that only a person ticks: marked as sensitive, or below such a one.

    Asked for with every text, since a mark holds at once; whoever reads stored suggestions asks
    in their query (``SuggestionQuerySet.with_marks``). Stored ones say how sure the model is.
    """
    marked = sensitive_codes()
    return {
        column
        for column, category in categories.items()
        if marked and not marked.isdisjoint([category.code, *category.ancestor_codes])
    }


def sensitive_codes() -> set[str]:
    """Codes of the categories that are marked; those below them are sensitive as well."""
    rows = Category.objects.current().filter(is_sensitive=True)
    return set(rows.values_list("code", flat=True))
