"""A day of mishaps: network cut, page reloaded, server restarted, keys pressed twice."""

import os
import random
import signal
import subprocess
import sys
import urllib.request

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect

from annotation.models import Annotation, QueueItem
from tests.conftest import ROOT, end_group, wait_until
from tests.e2e.world import suggested, taxonomy, until_readable
from tests.factories import UserFactory
from tests.site.test_up import free_port

pytestmark = [pytest.mark.e2e, pytest.mark.worker, pytest.mark.django_db(transaction=True)]
ENTER = """n => { for (let i = 0; i < n; i++) document.body.dispatchEvent(
    new KeyboardEvent("keydown", {key: "Enter", code: "Enter", bubbles: true})); }"""
N_GRANTS = int(os.environ.get("MISHAPS", "12"))


@pytest.fixture
def server(process_environment):
    """A server in a process of its own that can be killed and started again."""

    class Server:
        url = f"http://127.0.0.1:{free_port()}"
        process = None

        def start(self):
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", "classie_site.wsgi", "-b", self.url[7:]],
                cwd=ROOT, env=process_environment, start_new_session=True,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            wait_until(self.answers, 60)

        def answers(self):
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=2):  # noqa: S310 - loopback
                    return True
            except OSError:
                return False

        def kill(self):
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)

    server = Server()
    server.start()
    yield server
    end_group(server.process)


def until_at_rest(page):
    """After a reload, what could not be sent goes first, and only then comes the next grant."""
    page.locator("#main[data-is-ready] #workspace:not([aria-busy])").wait_for(timeout=60_000)
    until_readable(page)


def test_nothing_is_lost_and_nothing_is_doubled(server, page):
    """Each grant is saved once, whatever happens around the save."""
    draw = random.Random(5)
    categories = taxonomy()
    for n in range(N_GRANTS):
        suggested(categories, title=f"Grant {n}")
    client = Client()
    client.force_login(UserFactory(username="ada"))
    name = settings.SESSION_COOKIE_NAME
    page.context.add_cookies(
        [{"name": name, "value": client.cookies[name].value, "url": server.url}]
    )
    page.goto(server.url)
    wanted = {}
    happened = []
    for _ in range(N_GRANTS):
        until_at_rest(page)
        title = page.locator("#grant-title").text_content()
        is_rejected = draw.random() < 0.5
        if is_rejected:
            page.keyboard.press("2")
        wanted[title] = "rejected" if is_rejected else "accepted"
        mishap = draw.choice(["none", "twice", "cut", "reload", "reload before", "kill"])
        happened.append(mishap)
        if mishap == "reload before" and happened[-2:-1] != ["kill"]:
            page.wait_for_load_state("networkidle")  # until the claim is held for long
            page.reload()
            until_at_rest(page)
            expect(page.locator("#grant-title")).to_have_text(title, timeout=60_000)
        if mishap == "cut":
            page.context.set_offline(True)
        if mishap == "kill":
            server.kill()
        # In one go: two keys sent one after the other are two saves once a machine is slow enough.
        page.evaluate(ENTER, 2 if mishap == "twice" else 1)
        if mishap == "reload":
            page.reload()
        if mishap == "cut":
            page.wait_for_timeout(300)
            page.context.set_offline(False)
        if mishap == "kill":
            server.start()
        page.wait_for_function(
            """title => document.querySelector("#empty")
               || document.querySelector("#grant-title")?.textContent !== title""",
            arg=title,
            timeout=60_000,
        )
    wait_until(lambda: Annotation.objects.count() >= N_GRANTS, 60, lambda: str(happened))
    page.wait_for_timeout(1_000)

    found = {
        annotation.grant.title: annotation.decisions.get(category=categories["settle"]).verdict
        for annotation in Annotation.objects.select_related("grant")
    }
    assert Annotation.objects.count() == N_GRANTS
    assert found == wanted
    assert not QueueItem.objects.open().exists()
