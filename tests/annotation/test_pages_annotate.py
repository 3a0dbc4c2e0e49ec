"""The annotating page's answers: what is shown, what is refused, what it costs."""

import json
import re
import uuid
from html import unescape

import pytest
from django.test import Client

from annotation.models import Annotation, QueueItem
from annotation.services.queue import claim_next_grant
from tests.factories import (
    CategoryFactory,
    FacetFactory,
    GrantFactory,
    LabelFactory,
    SuggestionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def annotator():
    return UserFactory()


@pytest.fixture
def browser(annotator):
    client = Client()
    client.force_login(annotator)
    return client


@pytest.fixture
def category():
    return CategoryFactory(facet=FacetFactory(), code="SPORT", label="Community sport")


@pytest.fixture
def grant(category):
    return SuggestionFactory(category=category, evidence=["juniors"]).grant


def data(response) -> dict:
    return json.loads(unescape(re.search(r'data-claim="(.*?)"', response.content.decode())[1]))


def answer(shown, **change):
    facet = {"outcome": "labelled", "accepted": ["SPORT"], "rejected": [], "added": []}
    return {
        "answers": json.dumps({"subject": facet}),
        "unseen": "[]",
        "key": shown["key"],
        "seconds": 7,
        "grant": shown["grant"],
    } | change


def test_submitting_brings_the_next_grant_and_the_progress(browser, grant, category):
    SuggestionFactory(category=category)
    shown = data(browser.get("/"))
    response = browser.post(shown["submit"], answer(shown), headers=HTMX)
    html = response.content.decode()
    assert data(response)["token"] != shown["token"]
    assert 'id="status"' in html
    assert '<b id="done">1</b>' in html
    assert "<html" not in html
    assert Annotation.objects.get().seconds == 7


def test_a_fold_that_stayed_shut_makes_no_decision(browser, grant):
    shown = data(browser.get("/"))
    nothing = json.dumps({"subject": {"outcome": "none_fits"}})
    browser.post(shown["submit"], answer(shown, answers=nothing, unseen='["SPORT"]'), headers=HTMX)
    assert not Annotation.objects.get().decisions.exists()


def test_the_same_answer_again_is_the_same_annotation(browser, grant):
    shown = data(browser.get("/"))
    for _ in range(2):
        assert browser.post(shown["submit"], answer(shown), headers=HTMX).status_code == 200
    assert Annotation.objects.count() == 1


@pytest.mark.parametrize(
    "change",
    [
        {"answers": "{"},
        {"answers": "[]"},
        {"answers": '{"subject": 1}'},
        {"answers": '{"subject": {"outcome": 1}}'},
        {"answers": '{"subject": {"accepted": "SPORT"}}'},
        {"answers": '{"subject": {"accepted": [1]}}'},
        {"answers": '{"subject": {"added": ["\\u0000"]}}'},
        {"answers": '{"nonsense": {}}'},
        {"answers": '{"subject": {"outcome": "labelled"}}'},
        {"unseen": "{}"},
        {"key": "x"},
        {"seconds": -1},
        {"seconds": "1e309"},
    ],
)
def test_a_malformed_answer_is_refused_beside_the_work(browser, grant, change):
    shown = data(browser.get("/"))
    response = browser.post(shown["submit"], answer(shown, **change), headers=HTMX)
    assert response.status_code == 422
    assert response.headers["HX-Retarget"] == "#notices"
    assert b"Not saved" in response.content
    assert not Annotation.objects.exists()


def test_a_lost_claim_is_a_conflict_beside_the_work(browser, grant):
    shown = data(browser.get("/"))
    response = browser.post(f"/annotations/{uuid.uuid4()}/", answer(shown), headers=HTMX)
    assert response.status_code == 409
    assert response.headers["HX-Retarget"] == "#notices"
    assert b"You opened it again in another tab" in response.content


@pytest.mark.parametrize("what", ["skip", "renew"])
def test_what_needs_a_claim_says_when_it_is_lost(browser, grant, what):
    response = browser.post(
        f"/claims/{uuid.uuid4()}/{what}/", {"reason": "other", "grant": grant.reference}
    )
    assert response.status_code == 409


def test_a_skip_needs_one_of_the_reasons(browser, grant):
    shown = data(browser.get("/"))
    assert browser.post(shown["skip"], {"reason": "because"}).status_code == 422
    response = browser.post(shown["skip"], {"reason": "knows_applicant"})
    assert b"Skipped: I know the applicant" in response.content


def test_an_active_annotator_keeps_the_claim(browser, grant):
    shown = data(browser.get("/"))
    before = QueueItem.objects.get().claimed_until
    assert browser.post(shown["renew"]).status_code == 204
    assert QueueItem.objects.get().claimed_until > before


def test_undo_brings_the_old_answer_back(browser, grant, category):
    CategoryFactory(facet=category.facet, code="YOUTH", label="Youth")
    shown = data(browser.get("/"))
    facet = {"outcome": "labelled", "accepted": [], "rejected": ["SPORT"], "added": ["YOUTH"]}
    browser.post(
        shown["submit"], answer(shown, answers=json.dumps({"subject": facet})), headers=HTMX
    )
    response = browser.post("/annotations/undo/", headers=HTMX)
    (facet,) = data(response)["facets"]
    assert [(row["code"], row["state"]) for row in facet["rows"]] == [("SPORT", "rejected")]
    assert [c["code"] for c in facet["added"]] == ["YOUTH"]
    nothing = browser.post("/annotations/undo/", headers=HTMX)
    assert nothing.status_code == 204
    assert "nothing left to undo" in nothing.headers["HX-Trigger"]


def test_a_blind_grant_tells_nothing_of_the_model(browser, category):
    grant = GrantFactory(queued=True, stream="audit")
    SuggestionFactory(grant=grant, category=category, evidence=["juniors"])
    for path in ("/", "/grants/", f"/grants/{grant.pk}/"):
        html = browser.get(path).content.decode()
        assert "Community sport" not in html
        assert "80" + chr(160) + "%" not in html


def test_suggestions_from_words_alone_are_marked(browser, category):
    SuggestionFactory(category=category, is_lexical=True)
    assert b"From words" in browser.get("/").content


def test_the_categories_are_cached_by_release(browser, category):
    release = category.taxonomy.release_id
    response = browser.get(f"/categories.json?release={release}")
    assert response.json()["categories"][0]["label"] == "Community sport"
    assert "immutable" in response["Cache-Control"]
    assert "no-cache" in browser.get("/categories.json?release=0")["Cache-Control"]


def test_the_page_costs_the_same_however_much_waits(browser, grant, django_assert_max_num_queries):
    shown = data(browser.get("/"))
    SuggestionFactory.create_batch(5)
    GrantFactory.create_batch(30, queued=True)
    with django_assert_max_num_queries(12):  # two each are the session and the savepoint
        browser.get("/")
    with django_assert_max_num_queries(27):
        browser.post(shown["submit"], answer(shown), headers=HTMX)


def test_what_became_of_a_lost_claim(annotator, browser, grant):
    """Whoever lost the grant reads in one sentence how."""
    shown = data(browser.get("/"))

    def why():
        response = browser.post(f"/annotations/{uuid.uuid4()}/", answer(shown), headers=HTMX)
        return response.content.decode()

    other = UserFactory()
    QueueItem.objects.update(claim=None, claimed_by=None, claimed_until=None)
    assert "had opened it since" in why()
    claim_next_grant(other)
    assert "has it open now" in why()
    QueueItem.objects.update(
        claim=None, claimed_by=None, claimed_until=None, is_open=False, n_done=1
    )
    assert "has answered it since" in why()
    grant.delete()
    assert "has been removed" in why()


def test_labels_of_a_file_stand_on_the_grants_page(browser, category):
    label = LabelFactory(category=category)
    html = browser.get(f"/grants/{label.grant_id}/").content.decode()
    assert "Imported" in html
    assert "Community sport" in html


@pytest.mark.parametrize(
    "answers", ['{"subject": {"added": ["\\ud800"]}}', "[" * 100_000, "9" * 5_000]
)
def test_an_answer_that_cannot_be_read_is_422(client, answers):
    client.force_login(UserFactory())
    given = {"answers": answers, "key": str(uuid.uuid4()), "seconds": "1", "grant": "G-1"}
    assert client.post(f"/annotations/{uuid.uuid4()}/", given).status_code == 422
