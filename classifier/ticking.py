"""What staff have set about ticking, laid upon a loaded model: the same for every reader."""

import copy

import numpy as np

from annotation.models import SiteSettings
from classifier.ml.estimators import CategoryClassifier
from classifier.ml.lexical import LexicalMatcher

Model = CategoryClassifier | LexicalMatcher


def as_set(model: Model, site: SiteSettings) -> Model:
    """The model with its own thresholds, or with the one that staff have named for all.

    The given model stays as it is: threads that classify texts share it.
    """
    if site.ticking != SiteSettings.Ticking.FIXED:
        return model
    fixed = copy.copy(model)
    fixed.thresholds_ = np.full(len(model.categories), site.fixed_threshold)
    return fixed
