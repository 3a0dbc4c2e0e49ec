"""The report on label errors, worked out by the worker, and the place of checks in the queue."""

import pytest

from annotation.models import QueueItem, StoredReport
from annotation.services.label_checks import send_to_check
from annotation.services.stored_reports import request_report
from classifier.dataset import background, categories_of, training_set
from classifier.ml.estimators import CategoryClassifier
from classifier.scoring import score_waiting_grants
from classifier.stored_reports import write_requested_reports
from tests.classifier.conftest import text_about
from tests.factories import AdministratorFactory, GrantFactory, LabelFactory, decide

pytestmark = pytest.mark.django_db(transaction=True)


def written():
    request_report("label-errors")
    [report] = write_requested_reports()
    assert report.status == StoredReport.Status.DONE, report.error
    return report


def test_a_label_that_does_not_fit_the_others_comes_first(labelled_grants, categories):
    wrong = GrantFactory(title="Round", description=text_about("ARTS", 1))
    LabelFactory(grant=wrong, category=categories["SPORT"])
    body = written().body
    assert (body["n_grants"], body["n_labels"]) == (25, 25)
    assert body["n_doubts"] == len(body["doubts"])
    pairs = {(grant, category): given for grant, category, given, _, _ in body["doubts"][:2]}
    assert pairs == {
        (wrong.pk, categories["SPORT"].pk): True,
        (wrong.pk, categories["ARTS"].pk): False,
    }
    # A second way: the probabilities that the recipe gives, out of fold.
    known = categories_of(categories["ARTS"].taxonomy)
    training = training_set(known)
    model = CategoryClassifier(known.texts, seed=0).fit(
        training.corpus, training.y, training.known, training.tune, background(), training.weights
    )
    row = training.grant_ids.index(wrong.pk)
    column = known.ids.index(categories["SPORT"].pk)
    of_sport = [d[3] for d in body["doubts"] if d[:2] == [wrong.pk, known.ids[column]]]
    assert of_sport == pytest.approx([float(model.proba_oof_[row, column])], abs=1e-4)


def test_the_audit_stream_is_no_part_of_it(labelled_grants, categories):
    audit = GrantFactory(title="Audit", description=text_about("ARTS", 1), stream="audit")
    LabelFactory(grant=audit, category=categories["SPORT"])
    body = written().body
    assert body["n_grants"] == 24
    assert audit.pk not in {doubt[0] for doubt in body["doubts"]}


def test_without_labels_or_taxonomy_the_list_is_empty(categories):
    assert written().body["doubts"] == []
    categories["ARTS"].taxonomy.__class__.objects.update(is_current=False)
    assert written().body == {"n_grants": 0}


def test_what_was_sent_comes_soon_though_checks_have_no_share(categories, labelled_grants):
    decide(recheck_share=0.0)
    for n in range(40):
        GrantFactory(title=f"Waiting {n}", description=text_about("SPORT", n), queued=True)
    report = written()
    arts = categories["ARTS"]
    report.body = {
        "taxonomy": arts.taxonomy_id,
        "doubts": [[grant.pk, arts.pk, True, 0.01, 5.0] for grant in labelled_grants[:8]],
    }
    send_to_check(AdministratorFactory(), report, 8)
    score_waiting_grants()  # it plans and orders the queue, too
    sent = QueueItem.objects.filter(grant__in=labelled_grants[:8])
    found = set(sent.values_list("stream", "is_blind", "n_required", "is_open"))
    assert found == {("recheck", True, 1, True)}
    others = QueueItem.objects.open().exclude(grant__in=labelled_grants[:8])
    # Without a turn of their own all of them would come behind all others.
    assert sent.earliest("-priority").priority > others.earliest("priority").priority
    first = sent.get(grant=labelled_grants[0])
    assert first.priority == max(sent.values_list("priority", flat=True))  # the worst label
