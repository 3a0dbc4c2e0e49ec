"""The clock that starts all recurring work: heard each minute, and missed by the pages alone."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotation.models import Heartbeat, User
from annotation.models.heartbeats import FIRST_HEARD_AFTER, SILENT_AFTER
from annotation.reports.notices import announced
from annotation.services.notices import open_notice
from classie_site.tasks import look_for_alarms
from tests.factories import AdministratorFactory, UserFactory

pytestmark = pytest.mark.django_db
A_MINUTE = timedelta(minutes=1)


@pytest.fixture
def boss(client):
    client.force_login(AdministratorFactory())
    return client


def heard(ago):
    Heartbeat.objects.update_or_create(name="clock", defaults={"heard_at": timezone.now() - ago})


def read(boss, address="/notices/"):
    return boss.get(address).content.decode()


def test_each_tick_that_comes_through_is_heard():
    before = timezone.now()
    look_for_alarms()
    first = Heartbeat.objects.get().heard_at
    look_for_alarms()
    assert before <= first <= Heartbeat.objects.get().heard_at


def test_a_clock_that_is_heard_rings_nowhere(boss):
    heard(SILENT_AFTER - A_MINUTE)
    assert announced(to_administrator=True).n_notices == 0
    assert "The clock of the site was last heard on" in read(boss)
    assert "Nothing needs you" in read(boss) and "has stopped" not in read(boss)


def test_a_silent_one_rings_on_every_page_without_any_worker(boss):
    heard(SILENT_AFTER + A_MINUTE)
    assert "1 notice needs somebody" in read(boss, "/versions/")
    page = read(boss)
    assert "The clock was last heard on" in page and "One of three has stopped" in page
    assert "Nothing needs you" not in page
    open_notice("disk", "low", "2 GB are free.", "Make room.")
    assert "2 notices need somebody" in read(boss, "/versions/")
    look_for_alarms()
    assert "has stopped" not in read(boss)


def test_annotators_are_told_nothing_of_it(client):
    heard(SILENT_AFTER + A_MINUTE)
    client.force_login(UserFactory())
    assert "needs somebody" not in client.get("/my-work/").content.decode()


def test_a_site_that_has_just_been_made_has_heard_none_yet(boss):
    assert announced(to_administrator=True).n_notices == 0
    assert "has not been heard yet" in read(boss)


def test_a_site_of_an_hour_that_has_never_heard_one_is_told_what_to_do(boss):
    User.objects.update(date_joined=timezone.now() - FIRST_HEARD_AFTER - A_MINUTE)
    assert "1 notice needs somebody" in read(boss, "/versions/")
    page = read(boss)
    assert "has never been heard" in page and "manage.py up" in page
    assert "Nothing needs you" not in page and "has not been heard yet" not in page
    UserFactory()  # somebody who came lately makes the site no younger
    UserFactory()
    assert announced(to_administrator=True).n_notices == 1
    look_for_alarms()
    assert announced(to_administrator=True).n_notices == 0
    assert "has never been heard" not in read(boss)


def test_it_costs_a_page_no_query_of_its_own(boss):
    heard(SILENT_AFTER + A_MINUTE)
    read(boss, "/versions/")
    with CaptureQueriesContext(connection) as queries:
        read(boss, "/versions/")
    asked = [query["sql"] for query in queries if "annotation_heartbeat" in query["sql"]]
    assert len(asked) == 1 and "annotation_notice" in asked[0]
