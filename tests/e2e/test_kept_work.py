"""Typed work is never lost: reloads, lost claims, two tabs, a dead network, a lost session."""

import uuid

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import expect

from annotation.models import Annotation, QueueItem
from annotation.services.queue import claim_next_grant
from tests.e2e.world import first, opened, suggested, taxonomy, verdicts
from tests.factories import UserFactory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def ada():
    return UserFactory(username="ada")


@pytest.fixture
def screen(live_server, page, log_in, ada):
    """Two grants wait; in the first one a suggestion is rejected and not yet saved."""
    categories = taxonomy()
    first(suggested(categories, title="Saltwater welcome"))
    suggested(categories, title="A second grant")
    log_in(page, ada)
    page.set_default_timeout(8_000)
    page.goto(live_server.url)
    opened(page, "Saltwater welcome")
    page.keyboard.press("2")
    return page


def rejected(page):
    return expect(page.get_by_role("checkbox", name="Settlement"))


def somebody_else_takes_it():
    """The claim runs out, and another annotator opens the grant."""
    QueueItem.objects.filter(claimed_by__isnull=False).update(claimed_until=timezone.now())
    claim_next_grant(UserFactory(username="bob"))


def test_a_reload_keeps_what_was_ticked_and_the_way_back(screen):
    screen.reload()
    opened(screen, "Saltwater welcome")
    rejected(screen).to_have_attribute("aria-checked", "false")
    expect(screen.locator("#saved")).to_have_text("Draft kept")
    screen.keyboard.press("u")
    rejected(screen).to_have_attribute("aria-checked", "true")


def test_an_expired_claim_is_still_good_while_nobody_has_taken_the_grant(screen):
    QueueItem.objects.filter(claimed_by__isnull=False).update(claimed_until=timezone.now())
    screen.keyboard.press("Enter")
    opened(screen, "A second grant")
    assert Annotation.objects.count() == 1


def test_a_lost_claim_is_told_and_keeps_the_work(screen):
    somebody_else_takes_it()
    screen.keyboard.press("Enter")

    alert = screen.get_by_role("alert").filter(has_text="is gone")
    expect(alert).to_contain_text("somebody else has it open now")
    expect(alert).to_contain_text("Your work is kept here: 2 ticked, 1 rejected, 0 added.")
    rejected(screen).to_have_attribute("aria-checked", "false")
    expect(screen.get_by_role("button", name="Save needs a claim")).to_be_visible()
    screen.keyboard.press("Enter")
    screen.wait_for_timeout(200)
    assert not Annotation.objects.exists()

    screen.get_by_role("button", name="Open the next grant").click()
    opened(screen, "A second grant")
    expect(screen.locator("#kept")).to_contain_text(
        "Subject: Swimming and water safety. Population: Children."
    )
    screen.get_by_role("button", name="Close this list").click()
    expect(screen.get_by_text("Not saved for")).to_have_count(0)
    screen.keyboard.press("Enter")
    screen.locator("#empty").wait_for()
    assert Annotation.objects.get().grant.title == "A second grant"


def test_the_claim_is_found_lost_while_one_still_reads(screen):
    somebody_else_takes_it()
    screen.evaluate(
        """() => htmx.ajax("POST", JSON.parse(document.querySelector("#workspace").dataset.claim)
           .renew, {source: "#slot", target: "#notices", swap: "none"})"""
    )
    expect(screen.get_by_role("alert").filter(has_text="is gone")).to_be_visible()


def test_two_tabs_make_one_annotation_and_the_second_keeps_its_work(screen, live_server):
    other = screen.context.new_page()
    other.goto(live_server.url)
    opened(other, "Saltwater welcome")
    screen.keyboard.press("Enter")
    opened(screen, "A second grant")

    other.keyboard.press("Enter")

    alert = other.get_by_role("alert").filter(has_text="is gone")
    expect(alert).to_contain_text("You have saved it already, in another tab or window")
    rejected(other).to_have_attribute("aria-checked", "false")
    assert Annotation.objects.count() == 1


def test_a_dead_network_is_told_and_the_next_enter_saves(screen):
    screen.route("**/annotations/**", lambda route: route.abort())
    screen.keyboard.press("Enter")
    expect(screen.get_by_role("alert")).to_contain_text("the server cannot be reached")
    rejected(screen).to_have_attribute("aria-checked", "false")
    screen.unroute("**/annotations/**")
    screen.keyboard.press("Enter")
    opened(screen, "A second grant")
    assert Annotation.objects.count() == 1


def test_an_answer_that_was_lost_on_its_way_back_is_stored_once(screen):
    def answer_is_lost(route):
        route.fetch()
        route.abort()

    screen.route("**/annotations/**", answer_is_lost)
    screen.keyboard.press("Enter")
    expect(screen.get_by_role("alert")).to_contain_text("the server cannot be reached")
    assert Annotation.objects.count() == 1
    screen.wait_for_timeout(1500)  # the clock goes on, the answer must stay the same
    screen.unroute("**/annotations/**")
    screen.keyboard.press("Enter")
    opened(screen, "A second grant")
    assert Annotation.objects.count() == 1
    assert verdicts(Annotation.objects.get())["Settlement"] == "rejected"


@pytest.mark.parametrize(("status", "words"), [(500, "a fault (500)"), (503, "is busy")])
def test_a_fault_of_the_server_keeps_the_work(screen, status, words):
    screen.route("**/annotations/**", lambda route: route.fulfill(status=status, body="oops"))
    screen.keyboard.press("Enter")
    expect(screen.get_by_role("alert")).to_contain_text(words)
    rejected(screen).to_have_attribute("aria-checked", "false")


def test_a_refused_answer_is_told_and_keeps_the_work(screen):
    screen.evaluate(
        """() => document.addEventListener("htmx:configRequest", (event) => {
             event.detail.parameters.set("answers", '{"Nonsense": {}}'); }, {once: true})"""
    )
    screen.keyboard.press("Enter")
    expect(screen.get_by_role("alert")).to_contain_text("There is no facet 'Nonsense'")
    rejected(screen).to_have_attribute("aria-checked", "false")
    screen.keyboard.press("Enter")
    opened(screen, "A second grant")


def test_signed_out_in_between_the_work_is_there_after_signing_in(screen, ada):
    Session.objects.all().delete()
    screen.keyboard.press("Enter")
    screen.get_by_label("Name").fill("ada")
    screen.get_by_label("Password").fill("a long enough secret")
    screen.get_by_role("button", name="Sign in").click()
    opened(screen, "Saltwater welcome")
    rejected(screen).to_have_attribute("aria-checked", "false")


def test_a_page_from_before_a_new_sign_in_says_that_it_is_stale(screen):
    screen.evaluate(
        f"""() => document.body.setAttribute("hx-headers",
            JSON.stringify({{"X-CSRFToken": "{uuid.uuid4().hex}"}}))"""
    )
    screen.keyboard.press("Enter")
    expect(screen.get_by_role("alert")).to_contain_text("out of date")
    screen.reload()
    opened(screen, "Saltwater welcome")
    rejected(screen).to_have_attribute("aria-checked", "false")
    screen.keyboard.press("Enter")
    opened(screen, "A second grant")
