"""The report on quality, worked out by the worker on a small site, counted a second way."""

import numpy as np
import pytest

from annotation.models import Category, Grant, ModelVersion, SiteSettings, StoredReport
from annotation.services.model_versions import request_training
from annotation.services.stored_reports import request_report
from classifier import registry, workflow
from classifier.dataset import audit_set, categories_of
from classifier.quality_report import write_quality
from classifier.stored_reports import write_requested_reports
from tests.classifier.conftest import text_about
from tests.factories import CategoryFactory, GrantFactory, LabelFactory, counted_at_once, decide

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]


def a_night():
    request_training()
    return workflow.train_requested()


def written():
    request_report("quality")
    [report] = write_requested_reports()
    assert report.status == StoredReport.Status.DONE, report.error
    return report.body


@pytest.fixture
@counted_at_once()
def audited(labelled_grants, categories):
    """54 audit grants with labels, every ninth a wrong one, so that no figure is perfect."""
    for n in range(54):
        codes = list(categories)
        said = codes[(n + (n % 9 == 0)) % 3]
        grant = GrantFactory(title="Audit", description=text_about(codes[n % 3], n), stream="audit")
        LabelFactory(grant=grant, category=categories[said])


def test_the_active_version_is_measured_on_the_audit_stream(audited, categories):
    version = a_night()
    body = written()
    assert (body["kind"], body["n_grants"], body["n_audit"], body["n_labels"]) == (
        "audit", 54, 54, 24,
    )  # fmt: skip
    # A second way: sets of what is right and what the stored artifact ticks.
    model, audit = registry.load(version), audit_set(categories_of(version.taxonomy))
    ticked = model.decide(model.predict_proba(audit.corpus))
    said = set(zip(*np.nonzero(ticked & audit.known), strict=True))
    right = set(zip(*np.nonzero(audit.y), strict=True))
    f1 = 2 * len(said & right) / (len(said) + len(right))
    assert body["whole"]["micro_f1"]["model"][0] == pytest.approx(f1, abs=1e-4)
    assert body["whole"]["micro_f1"]["model"][0] == pytest.approx(
        version.metrics["figures"]["micro_f1"]["value"], abs=1e-4
    )
    assert body["whole"]["micro_f1"]["rules"] is None  # there is no keyword rule
    codes = [category.code for category in categories_of(version.taxonomy).texts]
    expected = {}
    for row in range(54):
        for _, a in {pair for pair in right - said if pair[0] == row}:
            for _, b in {pair for pair in said - right if pair[0] == row}:
                expected.setdefault((codes[a], codes[b]), set()).add(audit.grant_ids[row])
    found = {(m["right"], m["ticked"]): set(m["grants"]) for m in body["near_misses"]}
    assert found == expected and expected


def test_few_audit_grants_leave_all_labelled_ones_each_unseen(labelled_grants):
    version = a_night()
    body = written()
    assert (body["kind"], body["n_grants"], body["n_audit"]) == ("labelled", 24, 0)
    assert body["whole"]["micro_f1"]["model"][0] == pytest.approx(
        version.metrics["figures"]["micro_f1"]["value"], abs=1e-4
    )


def test_the_curve_learns_anew_from_a_part_and_ends_below_the_whole(audited, categories):
    with counted_at_once():
        for n in range(40):
            code = list(categories)[n % 3]
            grant = GrantFactory(title=f"More {n}", description=text_about(code, n))
            LabelFactory(grant=grant, category=categories[code])
    a_night()
    shares = []
    body = write_quality(lambda share, phase: shares.append(share))
    assert [(p["n_labels"], p["n_draws"]) for p in body["growth"]] == [(32, 3)]
    value, low, high = body["growth"][0]["micro_f1"]
    assert 0 < low <= value <= high <= 1
    assert shares == sorted(shares) and shares[0] > 0 and shares[-1] < 1


@pytest.mark.parametrize("is_audited", [True, False])
def test_the_figures_are_told_of_the_labels_that_the_version_learned_from(
    is_audited, labelled_grants, categories, request
):
    if is_audited:
        request.getfixturevalue("audited")
    version = a_night()
    for n in range(6):
        grant = GrantFactory(title=f"Later {n}", description=text_about("ARTS", n))
        LabelFactory(grant=grant, category=categories["ARTS"])
    body = written()
    learned = len(version.snapshot.grant_ids)
    assert (body["n_learned"], body["n_labels"]) == (learned, learned + 6) == (24, 30)


def test_the_word_matcher_is_measured_on_labels_it_never_learned_from(labelled_grants):
    body = written()
    assert (body["kind"], body["n_grants"], body["growth"]) == ("labelled", 24, [])


def test_a_category_that_is_newer_than_the_version_is_measured_as_never_suggested(audited):
    version = a_night()
    facet = Category.objects.get(code="ARTS").facet
    new = CategoryFactory(facet=facet, code="NEW", label="Mural", definition="Mural")
    for grant in Grant.objects.filter(stream="audit")[:12]:
        LabelFactory(grant=grant, category=new)
    row = next(row for row in written()["categories"] if row["code"] == "NEW")
    assert (row["n_right"], row["n_ticked"], row["recall"][0]) == (12, 0, 0.0)
    assert ModelVersion.objects.active() == version


def test_a_named_probability_is_what_is_measured(audited):
    version = a_night()
    decide(ticking=SiteSettings.Ticking.FIXED, fixed_threshold=0.05)
    body = written()
    assert body["fixed_threshold"] == 0.05
    audit = audit_set(categories_of(version.taxonomy))
    n_ticked = (registry.load(version).predict_proba(audit.corpus) >= 0.05).sum(axis=0)
    assert [row["n_ticked"] for row in body["categories"]] == n_ticked.tolist()


def test_without_a_label_there_is_nothing_to_measure(categories):
    assert written()["n_grants"] == 0


def test_without_a_taxonomy_there_is_no_figure(db):
    assert written() == {"n_grants": 0}
