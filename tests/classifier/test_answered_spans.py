"""Answers are read stretch by stretch, so that those of a million grants never stand together."""

from dataclasses import fields
from itertools import pairwise

import numpy as np
import pytest

from annotation.models import Grant, Taxonomy
from annotation.services.model_versions import ensure_lexical_version
from classifier import answered
from classifier.answered import answered_spans
from classifier.answers import read_answers
from classifier.audit_figures import audit_figures
from classifier.dataset import audit_set, categories_of, training_set
from tests.annotation.random_history import History

pytestmark = pytest.mark.django_db


def learned():
    """All arrays and keys of what is learned from and of what is measured on."""
    categories = categories_of(Taxonomy.objects.get(is_current=True))
    return [
        getattr(found, field.name)
        for found in (training_set(categories), audit_set(categories))
        for field in fields(found)
    ]


def same(one, other):
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other)
    return one == other


def test_the_length_of_a_stretch_changes_nothing(tmp_path, monkeypatch):
    History(3, tmp_path).go(60)
    ensure_lexical_version(Taxonomy.objects.get(is_current=True))
    whole, audited = learned(), audit_figures()
    assert len(answered_spans("pool")) == 1
    monkeypatch.setattr(answered, "AT_ONCE", 1)
    assert len(answered_spans("pool")) > 3
    assert all(map(same, learned(), whole))
    assert audit_figures() == audited


def test_the_stretches_hold_every_grant_that_has_an_answer(tmp_path, monkeypatch):
    History(4, tmp_path).go(60)
    monkeypatch.setattr(answered, "AT_ONCE", 2)
    categories = categories_of(Taxonomy.objects.get(is_current=True))
    facet_of = dict(zip(categories.ids, categories.facet_ids, strict=True))
    n = 0
    for stream in Grant.Stream.values:
        spans = answered_spans(stream)
        assert all(before[1] < after[0] for before, after in pairwise(spans))
        for grant in read_answers(stream, facet_of, categories.merged).of_grants:
            assert sum(first <= grant <= last for first, last in spans) == 1
            n += 1
    assert n > 3
