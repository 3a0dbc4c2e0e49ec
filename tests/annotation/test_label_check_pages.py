"""The page of labels in doubt: what it tells, hides and sends."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from annotation.models import QueueItem
from annotation.services.label_checks import send_to_check
from tests.annotation.label_doubts import annotated, arts, boss, music, report_on
from tests.factories import (
    GrantFactory,
)

__all__ = ["arts", "boss", "music"]
pytestmark = pytest.mark.django_db


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


def test_the_label_is_hidden_as_long_as_anybody_decides_the_grant_alone(browser, arts, boss):
    grant = annotated("A")
    send_to_check(boss, report_on((grant, arts, True)), 1)
    annotated("A", grant=grant)
    assert "Arts given Kept" in words(browser.get("/label-errors/"))
    QueueItem.objects.filter(grant=grant).update(n_required=3, is_open=True, is_blind=True)
    page = words(browser.get("/label-errors/"))
    assert "hidden while it waits Kept" in page and "Arts given" not in page


def test_a_list_of_another_taxonomy_is_not_shown(browser, arts):
    report = report_on((annotated("A"), arts, True))
    report.body["taxonomy"] += 1
    report.save()
    page = words(browser.get("/label-errors/"))
    assert "The list is of another taxonomy" in page and "was given" not in page


def test_many_doubts_cost_no_more_queries(browser, arts, boss):
    def n_queries():
        browser.get("/label-errors/")
        with CaptureQueriesContext(connection) as queries:
            assert browser.get("/label-errors/").status_code == 200
        return len(queries)

    grants = [annotated("A") for _ in range(6)]
    report = report_on(*((g, arts, True) for g in grants))
    send_to_check(boss, report, 1)
    of_few = n_queries()
    send_to_check(boss, report, 3)
    annotated("A", grant=grants[0])
    assert n_queries() == of_few
