"""Labels in doubt: sent once, decided blind by another person, and what came of them."""

from datetime import timedelta

import pytest
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
from annotation.services.label_checks import send_to_check
from annotation.services.queue import claim_next_grant
from annotation.services.rechecks import plan_rechecks
from annotation.services.suggestions import replace_suggestions
from annotation.services.undo import withdraw_last
from tests.annotation.label_doubts import annotated, arts, boss, music, report_on
from tests.annotation.rollups_by_hand import assert_right
from tests.factories import (
    GrantFactory,
    LabelFactory,
    UserFactory,
)

__all__ = ["arts", "boss", "music"]
pytestmark = pytest.mark.django_db


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


def test_a_check_that_was_drawn_by_lot_goes_on_as_one(arts, boss):
    drawn = annotated("A")
    assert plan_rechecks(1) == 1
    done = annotated("A")
    sent = send_to_check(boss, report_on((drawn, arts, True), (done, arts, True)), 2)
    assert (sent.n_labels, sent.n_passed) == (1, 1)
    assert LabelCheck.objects.get().grant == done


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


def test_the_page_costs_a_bounded_number_of_queries_once_some_are_sent(
    arts, boss, client, django_assert_max_num_queries
):
    grants = [annotated("A") for _ in range(4)]
    send_to_check(boss, report_on(*((grant, arts, True) for grant in grants)), 2)
    annotated("A", grant=grants[0])
    client.force_login(boss)
    client.get("/label-errors/")  # what every page asks once a session
    with django_assert_max_num_queries(12):
        page = client.get("/label-errors/").content.decode()
    assert "The worst first" in page and "2 labels sent so far" in page.replace("\u00a0", " ")


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
