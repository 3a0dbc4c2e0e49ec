"""A plant on the annotating screen: saved without a network, undone, changed, and no annotation."""

import pytest
from playwright.sync_api import expect

from annotation.models import Annotation, PlantReply
from tests.annotation import planted
from tests.conftest import wait_until
from tests.e2e.world import Watch, go_offline, opened, until_ahead
from tests.factories import GrantFactory, UserFactory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def stand(*verdicts):
    """Wait until these answers stand and no others: the page goes on before the server answers."""
    answered = PlantReply.objects.answered().values_list("verdict", flat=True)
    wait_until(lambda: tuple(answered.all()) == verdicts, 10, lambda: str(list(answered.all())))


@pytest.fixture
def screen(live_server, page, log_in):
    """A plant stands open, and two grants of the queue are fetched ahead."""
    planted.on()
    (adjudication,) = planted.settled(planted.tree())
    adjudication.grant.title = "A settled grant"
    adjudication.grant.save()
    GrantFactory.create_batch(2, queued=True, title="A waiting grant")
    eve = UserFactory()
    planted.worked(eve)
    log_in(page, eve)
    watch = Watch(page, live_server.url)
    page.goto(live_server.url)
    opened(page, "A settled grant")
    until_ahead(page, 3)
    yield page
    assert watch.faults == []


def test_it_is_saved_without_a_network_undone_and_changed_as_any_grant(screen):
    before = Annotation.objects.count()
    go_offline(screen)
    screen.keyboard.press("Enter")
    opened(screen, "A waiting grant")
    assert not PlantReply.objects.exists()
    screen.context.set_offline(False)
    stand("accepted")
    expect(screen.get_by_text(f"{planted.ENOUGH + 1} of 60 today")).to_be_visible()

    screen.keyboard.press("u")
    opened(screen, "A settled grant")
    stand()
    wrong = screen.get_by_role("checkbox", name="Professional")
    expect(wrong).to_have_attribute("aria-checked", "true")
    wrong.click()
    screen.keyboard.press("Enter")
    opened(screen, "A waiting grant")
    stand("rejected")
    assert Annotation.objects.count() == before
