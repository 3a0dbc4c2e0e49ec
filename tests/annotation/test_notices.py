"""Notices: one a cause, gone with it, dismissed by a person and seen by administrators alone."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotation.errors import NotAllowed
from annotation.models import AuditEvent, Notice
from annotation.reports.notices import A_PAGE, announced, notices
from annotation.services.notices import (
    close_notice,
    close_other_notices,
    dismiss_notice,
    open_notice,
)
from tests.factories import AdministratorFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss():
    return AdministratorFactory()


def full_disk(words="2 GB are free."):
    return open_notice("disk", "low", words, "Make room.")


def test_a_cause_has_one_notice_while_it_stands():
    first, again = full_disk(), full_disk("1 GB is free.")
    assert again == first
    assert Notice.objects.get().words == "1 GB is free."


def test_a_cause_that_comes_back_after_its_end_is_a_new_notice():
    first = full_disk()
    assert close_notice("disk", "low")
    assert not close_notice("disk", "low")
    assert full_disk() != first
    assert [notice.is_open for notice in Notice.objects.order_by("pk")] == [False, True]


def test_closing_the_others_spares_the_cause_that_goes_on():
    full_disk()
    for cause in ("v1", "v2"):
        open_notice("training", cause, "It failed.", "Read why.")
    assert close_other_notices("training", ["v2"]) == 1
    standing = Notice.objects.standing().order_by("pk")
    assert list(standing.values_list("cause", flat=True)) == ["low", "v2"]


def test_a_dismissed_notice_comes_back_for_a_new_cause_only(boss):
    first = full_disk()
    assert dismiss_notice(boss, first)
    full_disk("1 GB is free.")
    assert announced(to_administrator=True).n_notices == 0
    close_notice("disk", "low")
    full_disk()
    assert announced(to_administrator=True).n_notices == 1


def test_a_notice_is_dismissed_once_and_the_log_says_by_whom(boss):
    notice = full_disk()
    assert dismiss_notice(boss, notice)
    assert not dismiss_notice(AdministratorFactory(), notice)
    assert AuditEvent.objects.get(action="notice dismissed").actor == boss
    assert Notice.objects.get().dismissed_by == boss


def test_an_annotator_dismisses_nothing():
    notice = full_disk()
    with pytest.raises(NotAllowed, match="Only administrators"):
        dismiss_notice(UserFactory(), notice)
    assert announced(to_administrator=True).n_notices == 1


def test_open_ones_stand_first_and_the_others_come_page_by_page(boss):
    for n in range(A_PAGE + 3):
        open_notice("training", f"v{n}", "It failed.", "Read why.")
        close_notice("training", f"v{n}")
    full_disk()
    first = notices(None)
    assert [notice.kind for notice in first.open] == ["disk"]
    assert len(first.over) == A_PAGE
    last = notices(first.older)
    assert (last.open, last.older) == ([], None)
    assert [n.cause for n in first.over + last.over] == [f"v{n}" for n in range(A_PAGE + 2, -1, -1)]


def test_the_page_tells_what_to_do_and_takes_a_dismissal(client, boss):
    notice = full_disk()
    client.force_login(boss)
    page = client.get("/notices/").content.decode()
    assert "2 GB are free." in page and "Make room." in page
    answer = client.post(f"/notices/{notice.pk}/dismiss/", follow=True).content.decode()
    assert "Dismissed." in answer and "Nothing needs you" in answer
    assert f"dismissed by {boss.username}" in answer


def test_administrators_see_how_many_are_open_and_annotators_nothing(client, boss):
    full_disk()
    client.force_login(boss)
    assert "1 notice needs somebody" in client.get("/versions/").content.decode()
    client.force_login(UserFactory())
    with CaptureQueriesContext(connection) as queries:
        page = client.get("/my-work/").content.decode()
    assert "notice needs" not in page and "/notices/" not in page
    assert not any("annotation_notice" in query["sql"] for query in queries)


def test_the_count_is_one_small_query_a_page(client, boss):
    for n in range(30):
        open_notice("training", f"v{n}", "It failed.", "Read why.")
    client.force_login(boss)
    with CaptureQueriesContext(connection) as queries:
        assert "30 notices need" in client.get("/coverage/").content.decode()
    assert sum("annotation_notice" in query["sql"] for query in queries) == 1
    with CaptureQueriesContext(connection) as queries:
        client.get("/notices/")
    assert len(queries) <= 12


def test_a_page_that_no_key_leads_to_is_empty(client, boss):
    client.force_login(boss)
    assert "There are no older ones" in client.get("/notices/?before=0").content.decode()
    for before in ("x", "-1", "9" * 30):
        assert "Nothing needs you" in client.get(f"/notices/?before={before}").content.decode()


def test_a_closed_one_says_from_when_to_when(client, boss):
    notice = full_disk()
    Notice.objects.filter(pk=notice.pk).update(opened_at=timezone.now() - timedelta(days=3))
    close_notice("disk", "low")
    client.force_login(boss)
    assert "its cause goes on" not in client.get("/notices/").content.decode()


def test_a_notice_that_says_nothing_is_refused_by_the_database():
    with pytest.raises(IntegrityError, match="a_notice_says_what_to_do"), transaction.atomic():
        open_notice("disk", "low", "", "Make room.")
