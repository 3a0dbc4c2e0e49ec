"""Mails about notices: one each, to whoever has an address, and none lost by a bad server."""

import socket
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from annotation.models import Notice
from annotation.models.notices import MAIL_ATTEMPTS
from annotation.services.notice_mails import send_notices
from annotation.services.notices import close_notice, dismiss_notice, open_notice
from tests.factories import AdministratorFactory, UserFactory

pytestmark = pytest.mark.django_db
SMTP = "django.core.mail.backends.smtp.EmailBackend"


@pytest.fixture(autouse=True)
def host(settings):
    settings.EMAIL_HOST = "mail.example.org"


@pytest.fixture
def boss():
    return AdministratorFactory(email="boss@example.org")


@pytest.fixture
def notice(boss):
    return open_notice("disk", "low", "2 GB are free.", "Make room.")


@pytest.fixture
def dead_server(settings):
    """The host is there and nothing listens: a port that was just given back."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        settings.EMAIL_PORT = taken.getsockname()[1]
    settings.EMAIL_HOST, settings.EMAIL_BACKEND = "127.0.0.1", SMTP


def later():
    Notice.objects.update(mail_due_at=timezone.now() - timedelta(seconds=1))


def test_a_notice_is_sent_once_to_administrators_with_an_address(notice):
    AdministratorFactory()
    AdministratorFactory(email="gone@example.org", is_active=False)
    UserFactory(email="annotator@example.org")
    assert send_notices() == 1
    later()
    assert send_notices() == 0
    (sent,) = mail.outbox
    assert sent.to == ["boss@example.org"]
    assert "2 GB are free." in sent.body and "Make room." in sent.body
    assert "\n" not in sent.subject


def test_words_brought_up_to_date_are_not_sent_again(notice):
    send_notices()
    open_notice("disk", "low", "1 GB is free.", "Make room.")
    later()
    assert send_notices() == 0


@pytest.mark.parametrize("without", ["host", "address"])
def test_nothing_is_tried_where_nobody_can_be_reached(settings, notice, boss, without):
    if without == "host":
        settings.EMAIL_HOST = ""
    else:
        boss.email = ""
        boss.save()
    assert send_notices() == 0
    notice.refresh_from_db()
    assert (notice.mail_attempts, notice.mailed_at, mail.outbox) == (0, None, [])


def test_a_dead_server_loses_nothing(settings, notice, dead_server):
    assert send_notices() == 0
    notice.refresh_from_db()
    assert (notice.mail_attempts, notice.mailed_at) == (1, None)
    assert notice.mail_error == "ConnectionRefusedError"
    assert send_notices() == 0  # its time has not come
    notice.refresh_from_db()
    assert notice.mail_attempts == 1

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    later()
    assert send_notices() == 1
    notice.refresh_from_db()
    assert notice.mailed_at is not None and notice.mail_error == ""


def test_a_server_that_stays_dead_is_given_up(notice, dead_server):
    for _ in range(MAIL_ATTEMPTS + 2):
        later()
        send_notices()
    notice.refresh_from_db()
    assert (notice.mail_attempts, notice.mailed_at) == (MAIL_ATTEMPTS, None)
    assert notice.is_open


def test_the_page_says_that_a_mail_has_not_gone_out(client, notice, dead_server, boss):
    send_notices()
    client.force_login(boss)
    page = client.get("/notices/").content.decode()
    assert f"attempt 1 of {MAIL_ATTEMPTS} failed (ConnectionRefusedError)" in page


@pytest.mark.parametrize("how", ["closed", "dismissed"])
def test_what_is_over_is_sent_to_nobody(notice, boss, how):
    if how == "closed":
        close_notice("disk", "low")
    else:
        dismiss_notice(boss, notice)
    assert send_notices() == 0
    assert mail.outbox == []
