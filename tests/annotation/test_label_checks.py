"""Labels in doubt: sent once, decided blind by another person, and what came of them."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotation.errors import ChecksRefused, NotAllowed
from annotation.models import (
    AuditEvent,
    CategoryRollup,
    LabelCheck,
    ModelVersion,
    QueueItem,
    QueueOrder,
    Suggestion,
)
from annotation.reports.label_checks import checks
from annotation.services.adjudication import Judgement, adjudicate
from annotation.services.decisions import FacetAnswer, submit_annotation
from annotation.services.label_checks import send_to_check
from annotation.services.queue import claim_next_grant
from annotation.services.rechecks import plan_rechecks
from annotation.services.suggestions import replace_suggestions
from annotation.services.undo import withdraw_last
from tests.annotation.quality_body import stored
from tests.annotation.rollups_by_hand import assert_right
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    FacetFactory,
    GrantFactory,
    LabelFactory,
    ModelVersionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def arts():
    facet = FacetFactory(code="subject")
    ModelVersionFactory(taxonomy=facet.taxonomy)
    return CategoryFactory(facet=facet, code="A", label="Arts")


@pytest.fixture
def music(arts):
    return CategoryFactory(facet=arts.facet, code="M", label="Music")


@pytest.fixture
def boss():
    return AdministratorFactory()


def report_on(*doubts):
    """Rows of grant, category and whether the label was given, the worst first."""
    first = doubts[0][1]
    rows = [[g.pk, c.pk, is_given, 0.02 if is_given else 0.97, 4.0] for g, c, is_given in doubts]
    facts = {"n_grants": 9, "n_labels": 20, "n_doubts": len(rows), "n_given": 1}
    return stored({"taxonomy": first.taxonomy_id, "doubts": rows, **facts}, "label-errors")


def annotated(*codes, annotator=None, grant=None, outcome="labelled"):
    """The next grant of the queue, decided with these categories."""
    grant = grant or GrantFactory(queued=True)
    QueueItem.objects.filter(grant=grant).update(priority=9)
    annotator = annotator or UserFactory()
    claim = claim_next_grant(annotator)
    assert claim is not None and claim.grant == grant
    answers = {"subject": FacetAnswer(outcome, added=codes)}
    key = f"{annotator.pk}-{claim.token}"
    submit_annotation(annotator, claim.token, answers, idempotency_key=key)
    return grant


def test_the_worst_are_opened_once_more_blind_and_nothing_names_the_label(arts, boss):
    grants = [annotated("A") for _ in range(3)]
    sent = send_to_check(boss, report_on(*((g, arts, True) for g in grants)), 2)
    assert (sent.n_labels, sent.n_grants, sent.n_passed) == (2, 2, 0)
    items = QueueItem.objects.filter(is_open=True)
    assert {item.grant_id for item in items} == {grants[0].pk, grants[1].pk}
    for item in items:
        assert (item.stream, item.is_blind, item.n_required, item.n_done) == ("recheck", True, 2, 1)
        assert item.reason == ""
    claim = claim_next_grant(UserFactory())
    assert claim.is_blind and claim.reason == "" and claim.shown == []
    assert QueueOrder.objects.get().wanted == 1
    assert AuditEvent.objects.get(action="labels sent to be checked").details == {
        "labels": 2, "grants": 2,
    }  # fmt: skip


def test_what_is_suggested_for_them_waits_again(arts, boss):
    """Of a grant that was decided, and of one that a file labelled and that never was queued."""
    grants = [annotated("A"), LabelFactory(category=arts).grant]
    version = ModelVersion.objects.get()
    for grant in grants:
        row = Suggestion(
            grant=grant, category=arts, model_version=version, rank=1, score=0.9, is_ticked=True
        )
        replace_suggestions(version, [grant.pk], [row])
    assert not CategoryRollup.objects.filter(pending__gt=0).exists()
    send_to_check(boss, report_on(*((g, arts, True) for g in grants)), 2)
    assert CategoryRollup.objects.get(category=arts).pending == 2
    assert_right()


def test_who_decided_a_grant_is_never_asked_to_check_it(arts, boss):
    first = UserFactory()
    grant = annotated("A", annotator=first)
    send_to_check(boss, report_on((grant, arts, True)), 1)
    assert claim_next_grant(first) is None
    assert claim_next_grant(UserFactory()).grant == grant


def test_a_grant_that_a_file_labelled_waits_for_one_person(arts, boss):
    grant = LabelFactory(category=arts).grant
    send_to_check(boss, report_on((grant, arts, True)), 1)
    item = QueueItem.objects.get(grant=grant)
    assert (item.n_required, item.n_done, item.is_blind, item.stream) == (1, 0, True, "recheck")
    plan_rechecks(0)  # closes what was drawn; this was sent
    item.refresh_from_db()
    assert item.is_open


def test_no_label_is_sent_twice_and_what_waits_anyway_is_passed_over(arts, music, boss):
    done, waiting = annotated("A"), GrantFactory(queued=True)
    report = report_on((waiting, arts, False), (done, arts, True), (done, music, False))
    sent = send_to_check(boss, report, 1)
    assert (sent.n_labels, sent.n_grants, sent.n_passed) == (1, 1, 1)
    sent = send_to_check(boss, report, 5)  # the other label of a grant that waits for its check
    assert (sent.n_labels, sent.n_grants) == (1, 1)
    with pytest.raises(ChecksRefused, match="Nothing of this list is left"):
        send_to_check(boss, report, 5)
    assert LabelCheck.objects.count() == 2
    assert QueueItem.objects.get(grant=done).n_required == 2


def test_only_administrators_send_and_only_lists_of_today(arts, boss):
    grant = annotated("A")
    report = report_on((grant, arts, True))
    with pytest.raises(NotAllowed):
        send_to_check(UserFactory(), report, 1)
    for n in (0, 201):
        with pytest.raises(ChecksRefused, match="1 to 200"):
            send_to_check(boss, report, n)
    report.body["taxonomy"] += 1
    with pytest.raises(ChecksRefused, match="another taxonomy"):
        send_to_check(boss, report, 1)
    assert not LabelCheck.objects.exists() and not QueueItem.objects.open().exists()


def test_what_came_is_what_the_checkers_said(arts, music, boss):
    kept, changed, missing, unsaid, waiting = (annotated("A") for _ in range(5))
    doubts = [(kept, arts, True), (changed, arts, True), (missing, music, False)]
    report = report_on(*doubts, (unsaid, arts, True), (waiting, arts, True))
    send_to_check(boss, report, 5)
    annotated("A", grant=kept)
    annotated("M", grant=changed)
    annotated("A", "M", grant=missing)
    annotated(grant=unsaid, outcome="not_enough_text")
    found = checks()
    came = {one.check.grant_id: one.came for one in found.newest}
    assert came == {
        kept.pk: "kept", changed.pk: "changed", missing.pk: "changed", unsaid.pk: "unsaid",
        waiting.pk: "waiting",
    }  # fmt: skip
    assert (found.n, found.n_kept, found.n_changed, found.n_waiting, found.n_unsaid) == (
        5, 1, 2, 1, 1,
    )  # fmt: skip
    assert found.changed.n == 3 and found.changed.is_too_few


def test_what_was_said_before_is_no_answer_to_the_check(arts, boss):
    grant = annotated("A")
    send_to_check(boss, report_on((grant, arts, True)), 1)
    checker = UserFactory()
    annotated(grant=grant, annotator=checker, outcome="none_fits")
    assert checks().n_changed == 1
    LabelCheck.objects.update(asked_at=timezone.now() + timedelta(minutes=1))
    assert checks().n_changed == 0
    LabelCheck.objects.update(asked_at=timezone.now() - timedelta(hours=1))
    withdraw_last(checker)  # revealed or not, a check that is taken back says nothing
    assert checks().n_changed == 0


def test_an_adjudication_decides_over_the_checker(arts, boss):
    grant = annotated("A")
    send_to_check(boss, report_on((grant, arts, True)), 1)
    annotated(grant=grant, outcome="none_fits")
    assert checks().n_changed == 1
    seen = list(grant.annotations.values_list("pk", flat=True))
    adjudicate(boss, grant, Judgement(taken=frozenset("A")), seen=seen)
    assert (checks().n_kept, checks().n_changed) == (1, 0)
    judged = Judgement(refused=frozenset("A"), outcomes={"subject": "none_fits"})
    adjudicate(boss, grant, judged, seen=seen)
    assert (checks().n_kept, checks().n_changed) == (0, 1)


def test_a_category_merged_since_counts_for_the_one_that_it_became(arts, music, boss):
    grant = annotated("A")
    send_to_check(boss, report_on((grant, arts, True)), 1)
    annotated("M", grant=grant)
    assert checks().n_changed == 1
    music.retired_at, music.merged_into = timezone.now(), arts
    music.save()
    assert checks().n_kept == 1


@pytest.fixture
def browser(boss):
    client = Client()
    client.force_login(boss)
    return client


def words(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_the_page_names_grants_and_folds_what_is_in_doubt(browser, arts, music):
    told, hidden = annotated("A"), GrantFactory(title="Nobody knows yet", queued=True)
    QueueItem.objects.filter(grant=hidden).update(is_blind=True)
    report_on((told, arts, True), (hidden, music, False))
    response = browser.get("/label-errors/")
    page = words(response)
    assert "2 answers are in doubt: 1 given, the rest missing" in page
    assert "Arts was given, and looks wrong: 2 % by a model" in page
    assert "Hidden: somebody still decides it by themselves." in page
    assert "Music" not in page
    # Folded: read only by whoever opens it.
    html = response.content.decode()
    assert html.index("<details>") < html.index("was given, and looks wrong")


def test_sending_from_the_page_and_what_came(browser, arts):
    grants = [annotated("A") for _ in range(2)]
    assert "There is no list yet" in words(browser.get("/label-errors/"))
    assert browser.post("/label-errors/check/", {"n": 1}).status_code == 409
    report_on(*((g, arts, True) for g in grants))
    for n in ("", "0", "201", "many"):
        response = browser.post("/label-errors/check/", {"n": n})
        assert response.status_code == 422
        assert "Enter a whole number from 1 to 200." in words(response)
    page = words(browser.post("/label-errors/check/", {"n": 1}, follow=True))
    assert "1 label of 1 grant sent to be checked. They come soon in the queue." in page
    assert "hidden while it waits" in page and "1 label sent so far" in page
    assert "The worst 1 that are not sent yet stand below." in page
    annotated("A", grant=grants[0])
    page = words(browser.get("/label-errors/"))
    assert "Arts given Kept" in page and "Too few for a share: 1 of 10" in page


def test_a_list_of_another_taxonomy_is_not_shown(browser, arts):
    report = report_on((annotated("A"), arts, True))
    report.body["taxonomy"] += 1
    report.save()
    page = words(browser.get("/label-errors/"))
    assert "The list is of another taxonomy" in page and "was given" not in page


def test_many_doubts_cost_no_more_queries(browser, arts, boss):
    grants = [annotated("A") for _ in range(6)]
    report = report_on(*((g, arts, True) for g in grants))
    send_to_check(boss, report, 3)
    annotated("A", grant=grants[0])
    browser.get("/label-errors/")
    with CaptureQueriesContext(connection) as queries:
        assert browser.get("/label-errors/").status_code == 200
    assert len(queries) <= 12, [query["sql"] for query in queries]
