"""Asking for examples of a category: the deed, its page, and what is refused in which words."""

import re
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from annotation.errors import NotAllowed, WishRefused
from annotation.models import AuditEvent, Category
from annotation.services.queue_order import is_order_due
from annotation.services.wanted_categories import want_examples
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    GrantFactory,
    LabelFactory,
    UserFactory,
    decide,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def camps():
    return CategoryFactory(code="CAMPS", label="Camps")


@pytest.fixture
def grace():
    return AdministratorFactory(username="grace")


@pytest.fixture
def browser(client, grace):
    client.force_login(grace)
    return client


def stored():
    return Category.objects.values_list("target", "asked_for_by__username").get(code="CAMPS")


def words(answer):
    text = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", unescape(text))


def test_what_is_wanted_is_stored_logged_and_orders_the_queue(camps, grace):
    assert want_examples(grace, camps, 20, is_asked_for=True)
    assert stored() == (20, "grace")
    event = AuditEvent.objects.get()
    assert (event.actor, event.action, event.subject) == (grace, "examples wanted", "CAMPS Camps")
    assert event.details == {
        "before": {"target": None, "asked_for_by": None},
        "after": {"target": 20, "asked_for_by": "grace"},
    }
    assert is_order_due()


def test_who_asked_first_is_named_until_nobody_asks(camps, grace):
    want_examples(grace, camps, None, is_asked_for=True)
    ada = AdministratorFactory(username="ada")
    assert not want_examples(ada, camps, None, is_asked_for=True)
    assert stored() == (None, "grace")
    assert want_examples(ada, camps, None, is_asked_for=False)
    assert stored() == (None, None)
    assert AuditEvent.objects.count() == 2


@pytest.mark.parametrize("target", [0, -1, 10_001])
def test_a_target_that_nobody_reaches_is_refused(camps, grace, target):
    with pytest.raises(WishRefused, match="1 to 10,000 examples, not"):
        want_examples(grace, camps, target, is_asked_for=True)
    assert stored() == (None, None)


def test_annotators_ask_for_nothing_and_retired_categories_are_not_asked_for(camps, grace):
    with pytest.raises(NotAllowed):
        want_examples(UserFactory(), camps, 5, is_asked_for=True)
    Category.objects.update(retired_at=timezone.now())
    with pytest.raises(WishRefused, match="CAMPS Camps is retired"):
        want_examples(grace, camps, 5, is_asked_for=True)
    assert stored() == (None, None)


def test_the_page_takes_both_and_shows_them_here_and_on_the_coverage_page(browser, camps):
    sent = {"target": " 20 ", "is_asked_for": "on"}
    answer = browser.post("/categories/CAMPS/want/", sent, follow=True)
    assert "Saved. The queue is ordered anew in the background." in words(answer)
    assert 'name="target" type="text" inputmode="numeric" value="20"' in answer.content.decode()
    assert "Asked for by grace" in words(answer)
    assert 'name="is_asked_for" checked' in answer.content.decode()
    page = words(browser.get("/coverage/"))
    assert "Asked for by grace" in page
    assert "0 of 20" in page
    browser.post("/categories/CAMPS/want/", {"target": ""})
    assert stored() == (None, None)
    assert "Asked for" not in words(browser.get("/coverage/"))


def test_the_pages_say_that_audit_grants_do_not_count_towards_a_target(browser, camps, grace):
    want_examples(grace, camps, 2, is_asked_for=True)
    LabelFactory(category=camps)
    LabelFactory(category=camps, grant=GrantFactory(stream="audit"))
    page = words(browser.get("/categories/CAMPS/"))
    assert "it has 1 outside the audit stream, which does not count here" in page
    assert "the target is reached" not in page
    assert "2 examples of Camps itself, band 1–4 without audit 1 of 2" in words(
        browser.get("/coverage/")
    )
    LabelFactory(category=camps)
    assert "the target is reached" in words(browser.get("/categories/CAMPS/"))


@pytest.mark.parametrize("target", ["0", "-3", "many", "10001", "1.5", "9" * 400, "٣٠٠٠٠"])
def test_what_is_no_target_is_named_and_stays_in_its_field(browser, camps, target):
    answer = browser.post("/categories/CAMPS/want/", {"target": target, "is_asked_for": "on"})
    assert answer.status_code == 422
    assert "Enter a whole number from 1 to 10,000, or nothing for no target." in words(answer)
    assert f'value="{target}"' in answer.content.decode()
    assert stored() == (None, None)


def test_a_form_for_a_category_that_was_retired_meanwhile_is_told(browser, camps):
    Category.objects.update(retired_at=timezone.now())
    answer = browser.post("/categories/CAMPS/want/", {"target": "5"})
    assert answer.status_code == 422
    assert "CAMPS Camps is retired. Ask for a category that is offered." in words(answer)


@pytest.mark.parametrize("code", ["NONE", "%00", "C" * 300])
def test_a_category_that_is_not_there_is_not_found(browser, camps, code):
    assert browser.post(f"/categories/{code}/want/", {"target": "5"}).status_code == 404


def test_the_page_says_when_coverage_has_no_turns(browser, camps):
    assert "18 % of the turns" in words(browser.get("/categories/CAMPS/")).replace("\xa0", " ")
    decide(coverage_share=0.0)
    assert "Coverage has no turns in the queue" in words(browser.get("/categories/CAMPS/"))


def test_without_the_token_of_the_form_nothing_is_stored(grace, camps):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(grace)
    assert strict.post("/categories/CAMPS/want/", {"target": "5"}).status_code == 403
    assert stored() == (None, None)
