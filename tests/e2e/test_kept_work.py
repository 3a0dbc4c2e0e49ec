"""Typed work is never lost: reloads, lost claims, two tabs, a dead network, a lost session."""

import uuid
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from playwright.sync_api import expect

from annotation.models import Annotation, Category, QueueItem
from annotation.services.queue import claim_next_grant, release_claim
from tests.conftest import wait_until
from tests.e2e.world import (
    Keys,
    first,
    go_offline,
    opened,
    stored,
    suggested,
    taxonomy,
    until_ahead,
    verdicts,
)
from tests.factories import CategoryFactory, UserFactory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
SAVES = "**/annotations/**"


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
    page.goto(live_server.url)
    opened(page, "Saltwater welcome")
    page.keyboard.press("2")
    return page


def rejected(page):
    return expect(page.get_by_role("checkbox", name="Settlement"))


def somebody_else_takes_it():
    """The claim runs out, and another annotator opens the grant."""
    wait_until(lambda: QueueItem.objects.exclude(claim=None).count() == 2, 10)
    bob = UserFactory(username="bob")
    with transaction.atomic():  # or the page, which asks for one grant more, is the first
        items = QueueItem.objects.filter(grant__title="Saltwater welcome")
        items.update(claimed_until=timezone.now())
        return bob, claim_next_grant(bob)


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
    stored(1)


def test_a_claim_lost_before_the_save_keeps_the_work_and_offers_it_again(screen):
    bob, claim = somebody_else_takes_it()
    Keys(screen).press("ArrowRight", "g", "Enter")

    alert = screen.get_by_role("alert").filter(has_text="is gone")
    expect(alert).to_be_focused()
    expect(alert).to_contain_text("somebody else has it open now")
    expect(alert).to_contain_text(
        "Subject: Swimming and water safety; not Settlement. Population: general public."
    )
    assert not Annotation.objects.exists()
    again = alert.get_by_role("button", name="Open it again with my work")
    again.click()
    expect(alert).to_contain_text("Try again later")

    release_claim(bob, claim.token)
    again.click()
    opened(screen, "Saltwater welcome")
    rejected(screen).to_have_attribute("aria-checked", "false")
    expect(alert).to_have_count(0)
    screen.keyboard.press("Enter")
    opened(screen, "A second grant")
    stored(1)
    assert verdicts(Annotation.objects.get())["Settlement"] == "rejected"


def test_a_claim_found_lost_while_one_reads_is_told_and_the_list_stays(
    live_server, page, log_in, ada
):
    categories = taxonomy()
    first(suggested(categories, title="Saltwater welcome"))
    suggested(categories, title="A second grant")
    log_in(page, ada)
    page.clock.install()
    page.goto(live_server.url)
    page.get_by_role("heading", name="Saltwater welcome", level=1).wait_for()
    page.locator("#main[data-is-ready]").wait_for()
    page.keyboard.press("2")
    somebody_else_takes_it()
    page.clock.fast_forward(50_000)
    page.keyboard.press("ArrowDown")  # still at work, so the claim is to be kept
    page.clock.run_for(15_000)

    alert = page.get_by_role("alert").filter(has_text="is gone")
    expect(alert).to_be_focused()
    expect(page.get_by_role("button", name="Save needs a claim")).to_be_visible()
    page.keyboard.press("Enter")
    rejected(page).to_have_attribute("aria-checked", "false")
    alert.get_by_role("button", name="Open the next grant").click()
    page.get_by_role("heading", name="A second grant", level=1).wait_for()
    kept = page.locator("#kept")
    expect(kept).to_contain_text("Subject: Swimming and water safety; not Settlement.")
    page.get_by_role("button", name="Close this list").click()
    expect(page.get_by_text("Not saved for")).to_have_count(0)
    assert not Annotation.objects.exists()


def test_two_tabs_make_one_annotation_and_the_second_keeps_its_work(screen, live_server):
    other = screen.context.new_page()
    other.goto(live_server.url)
    opened(other, "Saltwater welcome")
    screen.keyboard.press("Enter")
    opened(screen, "A second grant")
    stored(1)

    other.keyboard.press("Enter")

    alert = other.get_by_role("alert").filter(has_text="is gone")
    expect(alert).to_contain_text("You have saved it already, in another tab or window")
    expect(alert).to_contain_text("not Settlement")
    assert Annotation.objects.count() == 1


def test_a_dead_network_stops_nobody_and_everything_is_sent_when_it_is_back(screen):
    until_ahead(screen, 2)
    go_offline(screen)
    screen.keyboard.press("Enter")
    opened(screen, "A second grant")
    expect(screen.locator("#notices")).to_contain_text("cannot be reached")
    expect(screen.locator("#notices")).to_contain_text("One grant is kept in this browser")
    screen.keyboard.press("Enter")
    expect(screen.locator("#notices")).to_contain_text("The next grant opens when")
    assert not Annotation.objects.exists()

    screen.context.set_offline(False)
    screen.locator("#empty").wait_for()
    stored(2)
    assert verdicts(Annotation.objects.get(grant__title="Saltwater welcome"))["Settlement"] == (
        "rejected"
    )


def test_undo_without_a_network_opens_what_was_not_sent(screen):
    until_ahead(screen, 2)
    go_offline(screen)
    screen.keyboard.press("Enter")
    opened(screen, "A second grant")
    expect(screen.locator("#notices")).to_contain_text("cannot be reached")
    screen.keyboard.press("u")
    opened(screen, "Saltwater welcome")
    rejected(screen).to_have_attribute("aria-checked", "false")
    screen.context.set_offline(False)
    screen.keyboard.press("2")
    screen.keyboard.press("Enter")
    opened(screen, "A second grant")
    stored(1)
    assert verdicts(Annotation.objects.get())["Settlement"] == "left"


def test_what_could_not_be_sent_survives_a_reload(screen):
    until_ahead(screen, 2)
    screen.route(SAVES, lambda route: route.abort())
    screen.keyboard.press("Enter")
    opened(screen, "A second grant")
    expect(screen.locator("#notices")).to_contain_text("cannot be reached")
    screen.unroute(SAVES)
    screen.reload()
    opened(screen, "A second grant")
    stored(1)


def test_a_reply_that_was_lost_on_its_way_back_is_stored_once(screen):
    def reply_is_lost(route):
        route.fetch()
        route.abort()

    until_ahead(screen, 2)
    screen.route(SAVES, reply_is_lost)
    screen.keyboard.press("Enter")
    expect(screen.locator("#notices")).to_contain_text("cannot be reached")
    stored(1)
    screen.unroute(SAVES)
    expect(screen.locator("#saved")).to_have_text("All saved")
    expect(screen.get_by_text("1 of 60 today")).to_be_visible()
    assert Annotation.objects.count() == 1
    assert verdicts(Annotation.objects.get())["Settlement"] == "rejected"


@pytest.mark.parametrize(("status", "words"), [(500, "a fault (500)"), (503, "is busy")])
def test_a_server_in_trouble_is_told_and_asked_again(screen, status, words):
    until_ahead(screen, 2)
    screen.route(SAVES, lambda route: route.fulfill(status=status, body="<h1>No</h1>"))
    screen.keyboard.press("Enter")
    expect(screen.get_by_role("alert")).to_contain_text(words)
    screen.unroute(SAVES)
    stored(1)


def test_a_refused_annotation_is_told_and_can_be_mended(screen):
    until_ahead(screen, 2)
    children = Category.objects.get(label="Children")
    CategoryFactory(facet=children.facet)  # so that the facet is still asked about
    Category.objects.filter(pk=children.pk).update(retired_at=timezone.now())
    screen.keyboard.press("Enter")
    alert = screen.get_by_role("alert").filter(has_text="Not saved")
    expect(alert).to_be_focused()
    expect(alert).to_contain_text("is retired. Choose another category.")
    alert.get_by_role("button", name="Open it again with my work").click()
    opened(screen, "Saltwater welcome")
    rejected(screen).to_have_attribute("aria-checked", "false")
    screen.get_by_role("button", name="Remove Children").click()
    screen.keyboard.press("Enter")
    opened(screen, "A second grant")
    stored(1)


def test_signed_out_in_between_the_work_is_sent_after_signing_in(screen):
    until_ahead(screen, 2)
    Session.objects.all().delete()
    screen.keyboard.press("Enter")
    screen.get_by_role("link", name="Sign in again").click()
    screen.get_by_label("Name").fill("ada")
    screen.get_by_label("Password").fill("a long enough secret")
    screen.get_by_role("button", name="Sign in").click()
    opened(screen, "A second grant")
    stored(1)


def test_somebody_else_at_this_browser_does_not_send_it_as_theirs(screen, live_server, log_in):
    until_ahead(screen, 2)
    screen.route(SAVES, lambda route: route.abort())
    screen.keyboard.press("Enter")
    expect(screen.locator("#notices")).to_contain_text("cannot be reached")
    screen.goto("about:blank")
    screen.unroute(SAVES)
    log_in(screen, UserFactory(username="bob"))
    screen.goto(live_server.url)
    screen.wait_for_load_state("networkidle")
    assert not Annotation.objects.exists()


def test_a_page_from_before_a_new_sign_in_says_that_it_is_stale(screen):
    until_ahead(screen, 2)
    screen.evaluate(
        f"""() => document.body.setAttribute("hx-headers",
            JSON.stringify({{"X-CSRFToken": "{uuid.uuid4().hex}"}}))"""
    )
    screen.keyboard.press("Enter")
    expect(screen.get_by_role("alert")).to_contain_text("out of date")
    screen.get_by_role("link", name="Reload it").click()
    opened(screen, "A second grant")
    stored(1)


def test_the_back_button_makes_no_second_annotation(screen, live_server):
    screen.keyboard.press("Enter")
    opened(screen, "A second grant")
    stored(1)
    screen.goto(f"{live_server.url}/grants/")
    screen.go_back()
    opened(screen, "A second grant")
    Keys(screen).press("Enter", "Enter")
    screen.locator("#empty").wait_for()
    stored(2)


def test_grants_fetched_ahead_are_given_back_when_the_page_closes(screen, live_server):
    until_ahead(screen, 2)
    held = QueueItem.objects.exclude(claim=None)
    assert held.count() == 2
    held.update(claimed_until=F("claimed_until") - timedelta(seconds=30))  # not a moment ago
    screen.goto(f"{live_server.url}/grants/")
    wait_until(lambda: held.count() == 1, 10)
