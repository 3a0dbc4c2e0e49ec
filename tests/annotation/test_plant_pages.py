"""Plants on the pages: the annotating screen as ever, the guidelines that say so, the setting."""

import json
import re
from html import unescape

import pytest
from django.test import Client

from annotation.models import Annotation, Plant, PlantReply, QueueItem
from annotation.reports.adjudication import n_waiting
from annotation.reports.coverage import coverage
from annotation.services import desk
from annotation.services.exports import ExportOrder, start_export
from annotation.services.guidelines import write_guidelines
from annotation.services.site_settings import change_settings
from classifier.dataset import categories_of, training_set
from tests.annotation import planted
from tests.factories import AdministratorFactory, GrantFactory, UserFactory

pytestmark = pytest.mark.django_db
TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]*"')  # another one each time
SENTENCE = "one wrong suggestion ticked on purpose"


@pytest.fixture
def eve():
    return UserFactory(username="eve")


@pytest.fixture
def browser(eve):
    client = Client()
    client.force_login(eve)
    return client


@pytest.fixture
def due(eve):
    planted.on()
    (adjudication,) = planted.settled(planted.tree())
    planted.worked(eve)
    GrantFactory.create_batch(2, queued=True)
    return adjudication


def data(response) -> dict:
    return json.loads(unescape(re.search(r'data-claim="(.*?)"', response.content.decode())[1]))


def answer(shown, accepted=("community", "professional")):
    facet = {"outcome": "labelled", "accepted": accepted, "rejected": [], "added": []}
    return {
        "answers": json.dumps({"subject": facet}), "unseen": "[]", "key": shown["key"],
        "seconds": 7, "grant": shown["grant"],
    }  # fmt: skip


def test_the_page_shows_a_plant_as_any_other_grant(browser, due):
    response = browser.get("/")
    shown = data(response)
    rows = {row["code"]: row["state"] for row in shown["facets"][0]["rows"]}
    assert rows == {"community": "ticked", "professional": "ticked"}
    other = data(browser.post("/claims/next/", {"besides": shown["token"], "ahead": "1"}))
    assert shown.keys() == other.keys()
    assert "plant" not in response.content.decode().casefold()


def test_saved_sent_again_undone_and_saved(browser, due, eve):
    shown = data(browser.get("/"))
    n_today = int(re.search(r'id="done">(\d+)<', browser.get("/").content.decode())[1])
    for _ in range(2):  # its first reply was lost
        html = browser.post(shown["submit"], answer(shown)).content.decode()
        assert f'id="done">{n_today + 1}</b>' in html
        deed = re.search(r'data-deed="(annotation-x[0-9a-f]{16})"', html)[1]
    assert browser.post(shown["submit"], answer(shown, ["community"])).status_code == 422
    late = answer(shown) | {"key": "00000000-0000-4000-8000-000000000000"}
    refused = browser.post(shown["submit"], late)
    assert (refused.status_code, b"saved it already" in refused.content) == (409, True)
    again = data(browser.post("/annotations/undo/", {"deed": deed, "key": late["key"]}))
    assert again["grant"] == shown["grant"]
    assert again["isFilled"]
    assert data(browser.get("/"))["isFilled"]
    assert browser.post(shown["renew"], {"grant": shown["grant"]}).status_code == 409
    assert browser.post(again["renew"]).status_code == 204
    browser.post(again["submit"], answer(again, ["community"]))
    assert [r.verdict for r in PlantReply.objects.measured()] == ["accepted"]
    assert not Annotation.objects.filter(grant=due.grant, annotator=eve).exists()


def test_parked_and_opened_again(browser, due):
    shown = data(browser.get("/"))
    skip = {"reason": "parked", "grant": shown["grant"]}
    assert "1 parked" in browser.post(shown["skip"], skip).content.decode()
    assert browser.post(shown["skip"], skip).status_code == 200
    late = browser.post(shown["submit"], answer(shown))
    assert (late.status_code, b"skipped it already" in late.content) == (409, True)
    opened = data(browser.post(f"/grants/{due.grant.pk}/open/"))
    assert opened["grant"] == shown["grant"]
    other = browser.post(shown["submit"], answer(shown))
    assert (other.status_code, b"another tab" in other.content) == (409, True)
    assert browser.post(opened["submit"], answer(opened)).status_code == 200
    assert browser.post(f"/grants/{due.grant.pk}/open/").status_code == 409


def test_given_back_unopened_it_comes_again(browser, due):
    first = data(browser.get("/"))
    assert browser.post("/claims/release/", {"give_back": first["token"]}).status_code == 204
    assert data(browser.get("/"))["grant"] == first["grant"]
    assert Plant.objects.count() == 1


def test_nothing_else_on_the_site_knows_of_it(browser, due, eve):
    """Training, coverage, adjudication, exports, lists and histories are as they were."""
    grace = AdministratorFactory()

    def all_of_it():
        administrator = Client()
        administrator.force_login(grace)
        labelled = training_set(categories_of(due.taxonomy_release.taxonomy))
        return (
            (labelled.y.tolist(), labelled.known.tolist(), labelled.weights.tolist()),
            (labelled.grant_ids, labelled.annotation_ids, labelled.adjudication_ids),
            coverage(),
            n_waiting(),
            *(b"".join(start_export(ExportOrder(what, "csv")).pieces)
              for what in ("grants", "decisions")),
            *(TOKEN.sub(b"", administrator.get(path).content.partition(b"<main")[2])
              for path in ("/grants/", f"/grants/{due.grant.pk}/", "/coverage/")),
            list(QueueItem.objects.filter(claim=None).values()),
        )  # fmt: skip

    claim = planted.handed(eve)
    before = all_of_it()
    planted.reply(eve, claim)
    assert PlantReply.objects.measured().count() == 1
    assert all_of_it() == before
    assert due.grant.reference not in browser.get("/my-work/").content.decode()


def test_the_guidelines_say_so_while_it_is_on(browser):
    assert SENTENCE not in browser.get("/guidelines/").content.decode()
    planted.on(0.005)
    html = browser.get("/guidelines/").content.decode()  # also where none are written
    assert "At most 0.5\N{NO-BREAK SPACE}% of the grants" in html
    assert SENTENCE in html
    write_guidelines(AdministratorFactory(), "# Ours", based_on=0)
    assert SENTENCE in browser.get("/guidelines/").content.decode()
    planted.off()
    assert SENTENCE not in browser.get("/guidelines/").content.decode()


def test_an_administrator_switches_it_on_and_it_is_noted(due, eve):
    planted.off()
    claim = desk.claim_next(eve)
    assert not Plant.objects.exists()
    change_settings(AdministratorFactory(), 0, {"plant_share": 0.01})
    assert planted.handed(eve, besides={claim.token}).grant == due.grant
