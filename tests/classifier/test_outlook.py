"""What is stored with a night about further labels, each figure computed a second way."""

import math
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings
from sklearn.metrics import cohen_kappa_score

from annotation.models import Annotation, Grant, Label, ModelVersion, Outlook
from annotation.reports.outlooks import outlooks_of
from annotation.reports.pace import seconds_an_annotation
from annotation.services.model_versions import request_training
from classifier import outlook, registry, workflow
from classifier.dataset import audit_set, categories_of, corpus_of
from tests.classifier.conftest import text_about
from tests.factories import (
    GrantFactory,
    LabelFactory,
    ModelVersionFactory,
    UserFactory,
    counted_at_once,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]


def a_night():
    request_training()
    return workflow.train_requested()


@pytest.fixture
@counted_at_once()
def audited(labelled_grants, categories):
    """54 audit grants with labels, some of them wrong, so that no score is perfect."""
    for n in range(54):
        codes = list(categories)
        said = codes[(n + (n % 9 == 0)) % 3]
        grant = GrantFactory(title="Audit", description=text_about(codes[n % 3], n), stream="audit")
        LabelFactory(grant=grant, category=categories[said])


def row_of(version, measure="micro_f1", category=None):
    return Outlook.objects.get(model_version=version, measure=measure, category=category)


def test_the_first_night_has_scores_and_nothing_to_compare_with(audited, categories):
    night = a_night()
    whole = row_of(night)
    assert (whole.kind, whole.n_labels, whole.n_measured) == ("audit", 24, 54)
    assert (whole.kappa, whole.is_stable, whole.slope, whole.forecast) == (None, None, None, "")
    # A second way: hits and misses counted in sets.
    model, audit = registry.load(night), audit_set(categories_of(night.taxonomy))
    ticked = model.decide(model.predict_proba(audit.corpus))
    pairs = {(i, j) for i, j in zip(*np.nonzero(ticked), strict=True) if audit.known[i, j]}
    right = {(i, j) for i, j in zip(*np.nonzero(audit.y), strict=True)}
    assert whole.score == pytest.approx(2 * len(pairs & right) / (len(pairs) + len(right)))
    assert whole.low < whole.score < whole.high
    scores = []
    for column in range(3):
        mine, theirs = ({i for i, j in found if j == column} for found in (pairs, right))
        scores.append(2 * len(mine & theirs) / (len(mine) + len(theirs)))
    assert row_of(night, "macro_f1").score == pytest.approx(np.mean(scores))
    for column, category in enumerate(categories_of(night.taxonomy).ids):
        own = row_of(night, "f1", category)
        assert own.score == pytest.approx(scores[column])
        assert (own.n_labels, own.n_measured) == (8, len({i for i, j in right if j == column}))


def test_agreement_is_cohen_s_kappa_on_the_audit_grants(audited, categories):
    first = a_night()
    # Half of what was called ARTS is called SPORT by the second night.
    for label in Label.objects.filter(grant__stream="pool", category=categories["ARTS"])[:4]:
        label.category = categories["SPORT"]
        label.save()
    second = a_night()
    corpus = corpus_of(Grant.objects.filter(stream="audit").order_by("content_sha256"))
    before, after = (
        model.decide(model.predict_proba(corpus))
        for model in (registry.load(first), registry.load(second))
    )
    assert (before != after).any()
    expected = cohen_kappa_score(before.ravel(), after.ravel())
    assert row_of(second).kappa == pytest.approx(expected)
    each = [cohen_kappa_score(before[:, j], after[:, j]) for j in range(3)]
    for kappa, category in zip(each, categories_of(first.taxonomy).ids, strict=True):
        assert row_of(second, "f1", category).kappa == pytest.approx(kappa)
    assert row_of(second, "macro_f1").kappa == pytest.approx(np.mean(each))


def test_without_the_file_of_the_version_before_the_night_goes_on(audited):
    first = a_night()
    (Path(settings.MODEL_STORE) / f"{first.artifact_sha256}.skops").unlink()
    assert row_of(a_night()).kappa is None


def test_out_of_fold_figures_say_that_they_are(labelled_grants, categories):
    night = a_night()
    assert row_of(night).kind == "labelled"
    assert row_of(night).n_measured == 24
    # Eight examples of each are too few for an F1, and nothing was compared.
    assert not Outlook.objects.filter(measure="f1").exists()


@pytest.fixture
def night(db):
    return ModelVersionFactory()


def past(taxonomy, points, kind="audit", kappas=()):
    """Rows of nights with so many labels and this score each."""
    rows = []
    for place, (labels, score) in enumerate(points):
        version = ModelVersion.objects.create(
            taxonomy=taxonomy, status="rejected", n_training_grants=labels
        )
        kappa = kappas[place] if place < len(kappas) else None
        rows.append(
            Outlook(
                model_version=version, measure="micro_f1", kind=kind, n_labels=labels,
                n_measured=50, score=score, low=0, high=1, kappa=kappa,
            )
        )  # fmt: skip
    return rows


def log_curve(labels):
    return 0.1 + 0.05 * math.log(labels)


def foretold(rows, seconds_each=None):
    last = rows[-1]
    last.seconds_each = seconds_each
    outlook._foretell(last, rows[:-1], "micro-F1")
    return last


def test_slope_and_forecast_are_those_of_the_curve_that_is_known(night):
    points = [(n, log_curve(n)) for n in range(100, 900, 100)]
    last = foretold(past(night.taxonomy, points), seconds_each=90.0)
    assert last.slope == pytest.approx(0.05 / 800, rel=0.1)
    assert last.slope_low <= last.slope <= last.slope_high
    assert last.goal == pytest.approx(0.45)  # the curve stands at .434
    solved = math.exp((0.45 - 0.1) / 0.05) - 800
    assert last.more == pytest.approx(solved, rel=0.15)
    assert last.more_low <= last.more <= last.more_high
    assert last.forecast.startswith("about ")
    assert "more annotations to micro-F1 0.45" in last.forecast
    hours = last.more * 90 / 3600
    assert f"{hours:.1f} hours at your pace" in last.forecast


def test_with_four_points_nothing_is_foretold(night):
    points = [(n, log_curve(n)) for n in (100, 200, 300, 400)]
    last = foretold(past(night.taxonomy, points))
    assert (last.slope, last.goal, last.forecast) == (None, None, "")


def test_nights_without_new_labels_count_once(night):
    points = [(n, log_curve(n)) for n in (100, 100, 200, 300, 400, 400)]
    assert foretold(past(night.taxonomy, points)).slope is None
    points = [(100, 0.9), *((n, log_curve(n)) for n in (100, 200, 300, 400, 500, 600))]
    last = foretold(past(night.taxonomy, points))
    assert last.slope == pytest.approx(0.05 / 600, rel=0.1)  # the newest of two stands


def test_what_is_nearly_perfect_has_no_further_goal(night):
    rows = past(night.taxonomy, [(n, 1.0) for n in (100, 200, 300, 400, 500)])
    last = foretold(rows)
    assert last.slope is not None
    assert (last.goal, last.forecast) == (None, "")


@pytest.mark.parametrize(
    ("before", "kappa", "said"),
    [
        ([], 0.999, None),
        ([0.995, 0.99], 0.99, True),
        ([0.5, 0.995, 0.99], 0.99, True),
        ([0.99, 0.95], 0.99, False),
        ([0.99, None], 0.99, None),
        ([0.99, 0.99], None, None),
    ],
)
def test_three_agreements_in_a_row_are_settled(before, kappa, said):
    past = [reached(n, value) for n, value in enumerate(before, start=1)]
    assert outlook._is_stable(past, len(past) + 1, kappa) is said


def reached(n_labels, kappa):
    return outlook._Past("audit", n_labels, 0.5, kappa)


@pytest.mark.parametrize(
    ("before", "n_labels", "said"),
    [
        ([(100, 1.0), (100, 1.0), (100, 1.0)], 100, None),
        ([(100, 0.995), (200, 0.995), (300, 0.995)], 300, True),
        ([(100, 0.5), (200, 0.99), (300, 0.99), (300, 1.0), (300, 1.0)], 300, False),
        ([(100, 0.99), (200, 0.99), (200, None)], 300, True),
        ([(0, 1.0), (0, 1.0), (0, 1.0)], 0, None),
        ([(900, 0.99), (100, 0.99), (200, 0.99)], 300, True),  # some were taken back
    ],
)
def test_a_night_that_learned_nothing_further_leaves_it_as_it_was(before, n_labels, said):
    assert outlook._is_stable([reached(*row) for row in before], n_labels, 1.0) is said


def test_nights_without_new_labels_agree_and_settle_nothing(audited, categories):
    nights = [a_night() for _ in range(4)]
    found = [row_of(night) for night in nights]
    assert [row.kappa for row in found] == [None, 1.0, 1.0, 1.0]
    assert {row.is_stable for row in found} == {None}
    for category in categories.values():
        assert row_of(nights[-1], "f1", category).is_stable is None


def test_it_looks_back_over_numbers_of_labels_however_many_nights(night, monkeypatch):
    monkeypatch.setattr(outlook, "LOOKED_BACK", 2)
    points = [(100, 0.1), (200, 0.2), (300, 0.3), (300, 0.4), (300, 0.5)]
    Outlook.objects.bulk_create(past(night.taxonomy, points))
    newest = ModelVersion.objects.create(taxonomy=night.taxonomy)
    found = outlook._past(newest)["micro_f1", None]
    assert [(row.n_labels, row.score) for row in found] == [(200, 0.2), (300, 0.3), (300, 0.5)]


def test_the_curve_of_other_grants_is_not_gone_on_with(audited):
    """Five nights out of fold, then one on the audit stream: its curve has one point."""
    first = a_night()
    points = [(n, 0.3) for n in range(5, 20, 3)]
    Outlook.objects.bulk_create(past(first.taxonomy, points, kind="labelled"))
    assert row_of(a_night()).slope is None
    Outlook.objects.filter(kind="labelled").update(kind="audit")
    assert row_of(a_night()).slope is not None


def test_a_version_of_another_kind_of_model_is_neither_before_it_nor_beside_it(audited):
    first = a_night()
    points = [(n, 0.3) for n in range(5, 20, 3)]
    Outlook.objects.bulk_create(past(first.taxonomy, points))
    request_training(backend="linear_svm")
    other = workflow.train_requested()
    found = Outlook.objects.filter(model_version=other)
    assert found.exists()
    assert set(found.values_list("kappa", "is_stable", "slope", "forecast")) == {
        (None, None, None, "")
    }
    own = outlook._past(ModelVersion.objects.create(taxonomy=first.taxonomy))
    assert other.n_training_grants == 24
    assert [row.n_labels for row in own["micro_f1", None]] == [24, 5, 8, 11, 14, 17]
    assert outlook._is_alike(first, first) and not outlook._is_alike(other, first)
    foreign = ModelVersion(backend=first.backend, kind="foreign")
    assert not outlook._is_alike(first, foreign)


def test_the_pace_is_the_mean_of_the_newest(categories):
    assert seconds_an_annotation() is None
    release = categories["ARTS"].taxonomy.release
    ada = UserFactory()
    Annotation.objects.bulk_create(
        Annotation(
            grant=GrantFactory(), annotator=ada, taxonomy_release=release,
            idempotency_key=f"key {n}", seconds=n,
        )
        for n in range(30)
    )  # fmt: skip
    assert seconds_an_annotation() == pytest.approx(sum(range(1, 30)) / 29)


def test_the_report_tells_the_whole_first_and_gains_of_a_hundred(night):
    points = [(n, log_curve(n)) for n in range(100, 900, 100)]
    last = foretold(past(night.taxonomy, points), seconds_each=90.0)
    last.save()
    found = outlooks_of(last.model_version)
    [row] = found.whole
    assert (row.name, found.minutes_each, found.kind) == ("Micro-F1", 1.5, "audit")
    assert row.gain[0] == pytest.approx(100 * last.slope)
    assert outlooks_of(night) is None
