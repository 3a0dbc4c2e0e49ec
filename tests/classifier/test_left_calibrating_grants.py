"""A calibration rests on audit grants of which few are left: each is read by a calibration on the
others of today, or is in no figure."""

import numpy as np
import pytest

from annotation.models import Grant, Label, SiteSettings
from annotation.reports.model_cards import card_of
from classifier import registry
from classifier.backends.fasttext import wrapped
from classifier.backends.unseen_answers import FOLDS, LEAST_OTHERS, readable
from classifier.dataset import audit_set, categories_of
from classifier.known_ground import known_ground
from classifier.ml.folds import fold_numbers, groups_of
from classifier.ml.holdout import LabelledTexts
from classifier.ml.text import Corpus
from classifier.out_of_fold import lessons
from classifier.registering import CannotRegister, register
from classifier.saying import calibrating, measurable, said_of_audit
from tests.classifier.conftest import text_about
from tests.classifier.test_register_model import audit, model_bin, sha256_of
from tests.factories import GrantFactory, LabelFactory, counted_at_once

__all__ = ["audit", "model_bin"]  # fixtures


def corpus_of(recipients):
    texts = [f"text {n}" for n in range(len(recipients))]
    return Corpus(texts, recipients, [""] * len(recipients))


@counted_at_once()
def add_audit_grants(categories, n, **facts):
    """Labelled ones, each with words of its own."""
    for at in range(n):
        code = list(categories)[at % 3]
        text = f"{text_about(code, at)} newer{at}"
        grant = GrantFactory(title="Newer", description=text, stream="audit", **facts)
        LabelFactory(grant=grant, category=categories[code])


def test_a_text_is_readable_where_enough_others_are_of_other_recipients():
    apart = corpus_of([f"R{n}" for n in range(60)])
    assert readable(apart, np.ones(60, dtype=bool)).all()
    two = corpus_of(["one", "one"])
    assert not readable(two, np.ones(2, dtype=bool)).any()
    assert readable(two, np.zeros(2, dtype=bool)).all()  # none of them needs a new calibration
    # Forty of one recipient have twenty others; these twenty alone are too few for one another.
    crowd = corpus_of(["crowd"] * 40 + [f"R{n}" for n in range(20)])
    assert not readable(crowd, np.ones(60, dtype=bool)).any()
    only_crowd = np.arange(60) < 40
    np.testing.assert_array_equal(readable(crowd, only_crowd), ~only_crowd)
    assert readable(corpus_of([]), np.zeros(0, dtype=bool)).shape == (0,)


@pytest.mark.django_db(transaction=True)
def test_the_few_that_are_left_are_read_by_a_calibration_on_all_others(
    categories, audit, model_bin
):
    data = model_bin.read_bytes()
    version = register(model_bin, sha256=sha256_of(data))
    left = version.calibrating_ids[:2]
    Label.objects.filter(grant_id__in=version.calibrating_ids[2:]).delete()
    Grant.objects.filter(pk__in=left).update(recipient_name="One club")
    add_audit_grants(categories, 60)
    today = categories_of(version.taxonomy)
    grants = audit_set(today)
    assert len(grants) == 62
    rows = np.flatnonzero(calibrating(version, grants))
    assert [grants.grant_ids[row] for row in rows] == left
    assert measurable(grants, version, None)[0].tolist() == list(range(62))
    model = registry.load(version)
    said = said_of_audit(version, model, grants, today.texts)
    np.testing.assert_array_equal(
        np.delete(said.proba, rows, axis=0),
        np.delete(model.predict_proba(grants.corpus), rows, axis=0),
    )
    folds = fold_numbers(groups_of(grants.corpus), FOLDS, seed=0)
    texts = LabelledTexts(
        [str(pk) for pk in grants.grant_ids], grants.corpus, grants.y, grants.known
    )
    for row in rows:
        others = texts.take(np.flatnonzero(folds != folds[row]))
        assert len(others) >= LEAST_OTHERS
        alone = wrapped(data, sha256_of(data), today.texts, others).model
        [proba] = alone.predict_proba(grants.corpus.take(np.array([row])))
        assert said.proba[row] == pytest.approx(proba, abs=1e-6)


@pytest.mark.django_db(transaction=True)
def test_what_nobody_can_read_unseen_is_in_no_figure(categories, audit, model_bin):
    version = register(model_bin, sha256=sha256_of(model_bin.read_bytes()))
    Grant.objects.filter(pk__in=version.calibrating_ids).update(recipient_name="One club")
    today, site = categories_of(version.taxonomy), SiteSettings.objects.current()
    model = registry.load(version)

    def ground():
        known = lessons(version.taxonomy, site, 0, version.backend)
        return known_ground(version, model, known, lambda words: None)

    add_audit_grants(categories, 20)
    found = ground()
    assert (found.n_audit, len(found.labelled)) == (20, 0)
    assert "20 of the 50 labelled grants it needs; 54 more are left out" in found.words
    assert any("counts in no figure" in limit for limit in card_of(version).limits)
    # A model without such a calibration is measured on all of them.
    rows, words = measurable(audit_set(today), None)
    assert (len(rows), words) == (74, "")


@pytest.mark.django_db(transaction=True)
def test_a_calibration_that_nothing_could_measure_is_none(categories, audit, model_bin):
    Grant.objects.update(recipient_name="One club")
    with pytest.raises(CannotRegister, match="at least 25 of other recipients"):
        register(model_bin, sha256=sha256_of(model_bin.read_bytes()))
