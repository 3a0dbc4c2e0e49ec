"""A day of mishaps: network cut, page reloaded, server restarted, keys pressed twice."""

import os
import random
import subprocess
import sys
import urllib.request
from contextlib import suppress

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Error, expect

from annotation.models import Annotation, QueueItem
from tests.conftest import ROOT, end_group, wait_until
from tests.e2e.world import suggested, taxonomy, until_readable
from tests.factories import UserFactory
from tests.patience import patience
from tests.site.test_up import free_port

N_GRANTS = int(os.environ.get("MISHAPS", "80"))  # ten of each kind; 1,000 take a quarter of an hour
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.worker,
    pytest.mark.timeout(300 + 10 * N_GRANTS),
    pytest.mark.django_db(transaction=True),
]
KINDS = ["none", "twice", "cut", "answer lost", "reload", "reload before", "kill", "kill after"]
SAVES = "**/annotations/**"
ENTER = """n => { for (let i = 0; i < n; i++) document.body.dispatchEvent(
    new KeyboardEvent("keydown", {key: "Enter", code: "Enter", bubbles: true})); }"""
IS_NEXT = """title => document.querySelector("#empty")
    || document.querySelector("#grant-title")?.textContent !== title"""


class Server:
    """A server in processes of its own that can be killed and started again."""

    def __init__(self, environment, log):
        port = free_port()
        self.log = log
        self.url = f"http://127.0.0.1:{port}"
        with log.open("w") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.e2e.revived"],
                cwd=ROOT, env={**environment, "BIND": "127.0.0.1", "PORT": str(port)},
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, text=True,
                start_new_session=True,
            )  # fmt: skip

    def tell(self, word):
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == f"{word}\n"

    def start(self):
        self.tell("start")
        wait_until(self.answers, 60, lambda: self.log.read_text()[-2_000:])

    def answers(self):
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2):  # noqa: S310 - loopback
                return True
        except OSError:
            return False

    def kill(self):
        self.tell("kill")

    def end(self):
        self.process.stdin.close()
        self.process.wait(patience(10))
        self.process.stdout.close()


@pytest.fixture
def server(process_environment, tmp_path):
    server = Server(process_environment, tmp_path / "server.log")
    try:
        server.start()
        yield server
        server.end()
    finally:
        end_group(server.process)


@pytest.fixture
def annotating(server, page):
    """The annotating page of somebody who has signed in."""
    client = Client()
    client.force_login(UserFactory(username="ada"))
    name = settings.SESSION_COOKIE_NAME
    page.context.add_cookies(
        [{"name": name, "value": client.cookies[name].value, "url": server.url}]
    )
    page.set_default_timeout(patience(60) * 1000)
    page.goto(server.url)
    return page


def until_at_rest(page):
    """After a reload, what could not be sent goes first, and only then comes the next grant."""
    page.locator("#main[data-is-ready] #workspace:not([aria-busy])").wait_for()
    until_readable(page)


def save(page, server, mishap):
    """One Enter, and what goes wrong around it."""
    if mishap == "cut":
        page.context.set_offline(True)
    if mishap == "answer lost":

        def lose(route):
            with suppress(Error):  # its connection may be one that a kill has cut
                route.fetch()
            route.abort()

        page.route(SAVES, lose, times=1)
    if mishap == "kill":
        server.kill()
    # In one go: two keys sent one after the other are two saves once a machine is slow enough.
    page.evaluate(ENTER, 2 if mishap == "twice" else 1)
    if mishap == "reload":
        page.reload()
    if mishap == "kill after":
        server.kill()
    if mishap == "cut":
        page.wait_for_timeout(200)
        page.context.set_offline(False)
    if mishap.startswith("kill"):
        server.start()


def test_nothing_is_lost_and_nothing_is_doubled(server, annotating):
    """Each grant is saved once, whatever happens around the save."""
    page, draw, categories = annotating, random.Random(5), taxonomy()
    for n in range(N_GRANTS):
        suggested(categories, title=f"Grant {n}")
    page.goto(server.url)
    mishaps = [KINDS[n % len(KINDS)] for n in range(N_GRANTS)]
    draw.shuffle(mishaps)
    wanted = {}
    for mishap in mishaps:
        until_at_rest(page)
        title = page.locator("#grant-title").text_content()
        before = mishaps[max(0, len(wanted) - 3) : len(wanted)]
        told = page.locator("#notices, #kept").all_inner_texts()
        assert title not in wanted, f"{title} came twice, after {before}: {told}"
        is_rejected = draw.random() < 0.5
        if is_rejected:
            page.keyboard.press("2")
        wanted[title] = "rejected" if is_rejected else "accepted"
        if mishap == "reload before":
            page.reload()
            until_at_rest(page)
            expect(page.locator("#grant-title")).to_have_text(title)
        save(page, server, mishap)
        page.wait_for_function(IS_NEXT, arg=title)
    standing = Annotation.objects.count
    wait_until(lambda: standing() >= N_GRANTS, 60, lambda: f"{standing()} of {N_GRANTS} stand")
    page.wait_for_timeout(1_000)  # for what comes too much

    found = {
        annotation.grant.title: annotation.decisions.get(category=categories["settle"]).verdict
        for annotation in Annotation.objects.select_related("grant")
    }
    assert Annotation.objects.count() == N_GRANTS
    assert found == wanted
    assert not QueueItem.objects.open().exists()
