"""What was sent to be checked is taken back, and nothing is sent that nobody could check."""

import pytest
from django.test import Client
from django.utils import timezone

from annotation.errors import ChecksRefused, NotAllowed
from annotation.models import AuditEvent, LabelCheck, QueueItem, Taxonomy, User
from annotation.reports.label_checks import checks, doubts_to_send
from annotation.services.label_checks import grants_without_checker, send_to_check
from annotation.services.queue import claim_next_grant, release_claim
from annotation.services.unchecking import take_back_check
from annotation.services.undo import withdraw_last
from tests.annotation.label_doubts import annotated, arts, boss, music, report_on
from tests.annotation.rollups_by_hand import assert_right
from tests.factories import LabelFactory, UserFactory

__all__ = ["arts", "boss", "music"]
pytestmark = pytest.mark.django_db
PLACE = ("stream", "is_blind", "is_open", "n_required", "n_done", "claimed_by", "claim")


def place_of(grant):
    return QueueItem.objects.values(*PLACE).get(grant=grant)


def test_the_grant_is_as_it_was_and_the_row_says_who_took_it_back(arts, music, boss):
    grant = annotated("A")
    before = place_of(grant)
    report = report_on((grant, arts, True), (grant, music, False))
    send_to_check(boss, report, 2)
    assert take_back_check(boss, LabelCheck.objects.first()) == 2  # they are checked together
    assert place_of(grant) == before
    assert {row.taken_back_by for row in LabelCheck.objects.all()} == {boss}
    found = checks()
    assert (found.n, found.n_taken_back, found.newest) == (0, 2, [])
    assert claim_next_grant(UserFactory()) is None
    assert AuditEvent.objects.get(action="label checks taken back").details["labels"] == 2
    assert_right()
    # And they may be sent again.
    assert [doubt.grant for _, doubt in doubts_to_send(report, found.sent)] == [grant.pk, grant.pk]
    assert send_to_check(boss, report, 2).n_labels == 2
    assert LabelCheck.objects.count() == 4


def test_what_was_taken_back_of_an_earlier_taxonomy_is_not_counted(arts, boss):
    grant = annotated("A")
    send_to_check(boss, report_on((grant, arts, True)), 1)
    take_back_check(boss, LabelCheck.objects.get())
    assert checks().n_taken_back == 1
    Taxonomy.objects.update(is_current=False)
    assert checks().n_taken_back == 0


def test_a_grant_that_was_never_queued_has_no_place_again(arts, boss):
    grant = LabelFactory(category=arts).grant
    send_to_check(boss, report_on((grant, arts, True)), 1)
    take_back_check(boss, LabelCheck.objects.get())
    assert not QueueItem.objects.filter(grant=grant).exists()
    assert_right()


def test_nor_has_it_one_where_the_check_was_answered_and_the_answer_taken_back(arts, boss):
    grant = LabelFactory(category=arts).grant
    send_to_check(boss, report_on((grant, arts, True)), 1)
    checker = UserFactory()
    annotated("A", annotator=checker, grant=grant)
    release_claim(checker, withdraw_last(checker).claim.token)
    take_back_check(boss, LabelCheck.objects.get())
    assert not QueueItem.objects.filter(grant=grant).exists()
    assert_right()


def test_what_somebody_decides_now_or_has_decided_is_not_taken_back(arts, boss):
    grant = annotated("A")
    send_to_check(boss, report_on((grant, arts, True)), 1)
    check = LabelCheck.objects.get()
    checker = UserFactory()
    claim = claim_next_grant(checker)
    with pytest.raises(ChecksRefused, match="Somebody is deciding"):
        take_back_check(boss, check)
    release_claim(checker, claim.token)
    annotated("A", annotator=checker, grant=grant)
    with pytest.raises(ChecksRefused, match="has been checked"):
        take_back_check(boss, check)
    assert LabelCheck.objects.standing().count() == 1


def test_a_claim_that_has_run_out_holds_nothing_back(arts, boss):
    grant = annotated("A")
    before = place_of(grant)
    send_to_check(boss, report_on((grant, arts, True)), 1)
    claim_next_grant(UserFactory())
    QueueItem.objects.update(claimed_until=timezone.now())
    take_back_check(boss, LabelCheck.objects.get())
    assert place_of(grant) == before


def test_a_grant_whose_own_answer_was_taken_back_waits_on(arts, boss):
    """It waits for its first annotation then, which is nothing that was sent."""
    first = UserFactory()
    grant = annotated("A", annotator=first)
    send_to_check(boss, report_on((grant, arts, True)), 1)
    release_claim(first, withdraw_last(first).claim.token)
    take_back_check(boss, LabelCheck.objects.get())
    place = place_of(grant)
    assert (place["is_open"], place["n_required"], place["n_done"]) == (True, 1, 0)
    assert_right()


def test_it_is_taken_back_once_and_by_administrators(arts, boss):
    send_to_check(boss, report_on((annotated("A"), arts, True)), 1)
    check = LabelCheck.objects.get()
    with pytest.raises(NotAllowed):
        take_back_check(UserFactory(), check)
    take_back_check(boss, check)
    with pytest.raises(ChecksRefused, match="taken back already"):
        take_back_check(boss, check)


def test_nothing_is_sent_that_nobody_else_can_check(arts, boss):
    """All who may sign in have decided or skipped it: it would wait for ever."""
    mine = annotated("A", annotator=boss)
    theirs = annotated("A")
    User.objects.exclude(pk=boss.pk).update(is_active=False)
    assert grants_without_checker({mine.pk, theirs.pk}) == {mine.pk}
    report = report_on((mine, arts, True), (theirs, arts, True))
    sent = send_to_check(boss, report, 2)
    assert (sent.n_labels, sent.n_passed, sent.n_nobody) == (1, 0, 1)
    with pytest.raises(ChecksRefused, match="Nobody else can check these"):
        send_to_check(boss, report, 2)
    UserFactory()
    assert send_to_check(boss, report, 2).n_labels == 1


def test_from_the_page(arts, boss):
    grant = annotated("A")
    send_to_check(boss, report_on((grant, arts, True)), 1)
    check = LabelCheck.objects.get()
    browser = Client()
    browser.force_login(boss)
    address = f"/label-errors/checks/{check.pk}/take-back/"
    assert address in browser.get("/label-errors/").content.decode()
    html = browser.post(address, follow=True).content.decode()
    assert f"1 label of {grant.reference} taken back." in html
    assert "1 label was taken back so far." in html and address not in html
    refused = browser.post(address)
    assert refused.status_code == 409 and b"taken back already" in refused.content
