"""An option measured in a process of its own: its errors come back, its death is told."""

import os

import numpy as np
import pytest

from classifier.backends import apart
from classifier.backends.apart import TrialFailed, measured_apart
from classifier.backends.trials import Setting, TrialLost
from classifier.ml.holdout import LabelledTexts
from classifier.ml.text import Corpus

CHEAP = "complement_naive_bayes"


def tiny():
    nothing = np.zeros((1, 0), dtype=np.int64)
    texts = LabelledTexts(["1"], Corpus(["x"], [""], [""]), nothing, nothing.astype(bool))
    return Setting([], texts, None, Corpus([], [], []), None, 0, "pooled", True)


def test_an_error_in_the_process_comes_back_with_its_kind():
    with pytest.raises(TrialFailed, match=r"^\w+Error: "):
        measured_apart(tiny(), CHEAP, lambda: True)


def end_at_once(pipe, setting, name):
    os._exit(1)


def test_a_process_that_is_ended_from_outside_is_told(monkeypatch):
    monkeypatch.setattr(apart, "_measure", end_at_once)
    with pytest.raises(TrialLost, match="was ended, for want of memory"):
        measured_apart(tiny(), CHEAP, lambda: True)
