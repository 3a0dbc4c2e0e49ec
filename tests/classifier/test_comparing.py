"""What has changed between two versions: kept by the gate, or worked out when it is asked for."""

import json

import numpy as np
import pytest

from annotation.models import ModelVersion, StoredReport
from annotation.reports.version_pairs import pair_of
from annotation.services.comparisons import request_comparison, subject_of
from annotation.services.model_versions import request_training
from annotation.services.watched_categories import watch_category
from classifier import registry, workflow
from classifier.comparing import CannotCompare, compare_versions
from classifier.dataset import audit_set, categories_of
from classifier.ml.evaluation import evaluate
from classifier.stored_reports import write_requested_reports
from tests.classifier.conftest import WORDS, text_about
from tests.factories import AdministratorFactory, GrantFactory, LabelFactory, counted_at_once

pytestmark = pytest.mark.django_db(transaction=True)
Status = StoredReport.Status


def a_night():
    request_training()
    return workflow.train_requested()


@counted_at_once()
def more_labels(categories, n, **grant):
    for code, category in categories.items():
        for k in range(n):
            text = f"{text_about(code, k)} of {grant.get('stream', 'pool')} {k}"
            LabelFactory(category=category, grant=GrantFactory(description=text, **grant))


def kept(one, other):
    return StoredReport.objects.newest("comparison", subject_of(one, other))


def said_by(asked):
    found = []
    body = compare_versions(asked, lambda share, phase: found.append((share, phase)))
    assert [share for share, _ in found] == sorted(share for share, _ in found)
    return body


def as_stored(body):
    """A column of JSON knows no tuples."""
    return json.loads(json.dumps(body))


def test_the_gate_keeps_what_it_has_compared(categories, labelled_grants, pool):
    words = ModelVersion.objects.active()
    version = a_night()
    report = kept(words, version)
    assert (report.status, report.attempt, report.version) == (Status.DONE, 0, words)
    gate = version.metrics["gate"]
    told = report.body["measures"]["micro_f1"]
    assert told == gate["measures"]["micro_f1"]
    assert told["difference"]["value"] == pytest.approx(gate["candidate"] - gate["incumbent"])
    assert (told["after"]["value"], told["before"]["value"]) == pytest.approx(
        (gate["candidate"], gate["incumbent"])
    )
    assert told["after"] == version.metrics["figures"]["micro_f1"]
    assert gate["difference"] == told["difference"]  # one page shows both
    assert gate["against"] == f"{words}, the word matcher, active before"
    assert f"against {gate['against']}" in version.reason
    assert gate["margin"] == 0.0
    assert report.body["measured_on"] == version.metrics["measured_on"]
    assert pair_of(report.body).is_out_of_fold


def test_asked_for_again_the_figures_are_those_of_the_gate(categories, labelled_grants, pool):
    """Out of fold, by two recipes fitted anew: the same grants, seeds and folds."""
    a_night()
    more_labels(categories, 4)
    second, first = a_night(), ModelVersion.objects.filter(kind="trained").earliest("pk")
    assert second.metrics["gate"]["against"] == f"{first}, active before"
    stored = kept(first, second).body
    assert stored["kind"] == "labelled" and "had not seen it" in stored["measured_on"]
    assert as_stored(said_by(subject_of(first, second))) == stored


def test_on_audit_grants_both_answer_as_they_serve(categories, labelled_grants, pool):
    first = a_night()
    more_labels(categories, 4)
    second = a_night()
    more_labels(categories, 20, stream="audit")
    body = said_by(subject_of(second, first))
    texts = categories_of(second.taxonomy).texts
    audit = audit_set(categories_of(second.taxonomy))
    assert (body["kind"], body["n_grants"], body["n_too_few"]) == ("audit", 60, 0)
    for version, end in ((first, "before"), (second, "after")):
        model = registry.load(version)
        proba = model.predict_proba(audit.corpus)
        alone = evaluate(audit.y, audit.known, proba, model.decide(proba), texts)
        for name, change in body["measures"].items():
            assert change[end] == vars(getattr(alone, name)), name
    assert {row["code"]: row["support"] for row in body["categories"]} == dict.fromkeys(WORDS, 20)


def test_a_request_is_worked_out_by_the_worker(categories, labelled_grants, pool):
    words, version = ModelVersion.objects.active(), a_night()
    boss = AdministratorFactory()
    report = request_comparison(version, words, boss)
    assert request_comparison(words, version, boss) == report
    assert (report.subject, report.requested_by) == (f"{words.pk}-{version.pk}", boss)
    (ended,) = write_requested_reports()
    assert (ended, ended.status, ended.error) == (report, Status.DONE, "")
    assert kept(words, version) == report
    assert np.isfinite([m["difference"]["value"] for m in ended.body["measures"].values()]).all()


def test_what_cannot_be_compared_says_why(categories):
    words = ModelVersion.objects.active()
    with pytest.raises(CannotCompare, match="is gone"):
        said_by(f"{words.pk}-{words.pk + 999}")
    other = ModelVersion.objects.create(
        taxonomy=words.taxonomy, status="retired", artifact_sha256="1" * 64
    )
    with pytest.raises(CannotCompare, match="No grant is labelled"):
        said_by(subject_of(words, other))
    request_comparison(words, other, AdministratorFactory())
    (ended,) = write_requested_reports()
    assert ended.status == Status.FAILED and "No grant is labelled" in ended.error


def test_a_new_version_that_finds_a_watched_category_worse_is_refused(
    categories, labelled_grants, pool
):
    """Spoiled by labels: what spoke of sport is said to be of the garden."""
    first = a_night()
    assert first.status == "active"
    watch_category(AdministratorFactory(), categories["SPORT"], True)
    more_labels(categories, 20, stream="audit")
    for n in range(40):
        text = f"{text_about('SPORT', n)} again {n}"
        LabelFactory(category=categories["GARDEN"], grant=GrantFactory(description=text))
    second = a_night()
    assert second.status == "rejected"
    assert "; Sport changes by" in second.reason
    (watched,) = second.metrics["gate"]["watched"]
    assert watched["code"] == "SPORT" and watched["difference"]["high"] < 0
    (row,) = pair_of(kept(first, second).body).watched
    assert row.label == "Sport" and row.change.verdict == "worse"
    assert vars(row.change.difference) == watched["difference"]
