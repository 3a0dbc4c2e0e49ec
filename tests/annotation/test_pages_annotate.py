"""The annotating page's answers: what is shown, what is refused, what it costs."""

import json
import re
import uuid
from datetime import timedelta
from html import unescape

import pytest
from django.db.models import F
from django.test import Client

from annotation.models import Annotation, Category, QueueItem, Skip
from annotation.services import desk
from annotation.services.queue import claim_next_grant
from annotation.services.rollups import take_out
from tests.factories import (
    CategoryFactory,
    FacetFactory,
    GrantFactory,
    LabelFactory,
    SuggestionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


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


def test_submitting_answers_with_the_progress_and_the_deed(browser, grant):
    shown = data(browser.get("/"))
    html = browser.post(shown["submit"], answer(shown)).content.decode()
    annotation = Annotation.objects.get()
    assert '<b id="done">1</b>' in html
    assert f'data-deed="{desk.name_of(annotation)}"' in html
    assert "<html" not in html and "data-claim" not in html
    assert annotation.seconds == 7


def test_the_next_grants_are_fetched_ahead_and_given_back(browser, grant, category):
    for _ in range(2):
        SuggestionFactory(category=category)
    first = data(browser.get("/"))["token"]
    second = data(browser.post("/claims/next/", {"besides": first, "ahead": "1"}))["token"]
    besides = {"besides": f"{first},{second}", "ahead": "1"}
    third = data(browser.post("/claims/next/", besides))["token"]
    assert len({first, second, third}) == 3
    last = browser.post("/claims/next/", {"besides": f"{first},{second},{third}", "ahead": "1"})
    assert last.status_code == 204
    ahead = QueueItem.objects.filter(claim__in=[second, third])
    ahead.update(claimed_until=F("claimed_until") - timedelta(seconds=30))
    assert browser.post("/claims/release/", {"give_back": f"{second},{third}"}).status_code == 204
    assert QueueItem.objects.exclude(claim=None).count() == 1
    for path in ("/claims/next/", "/claims/release/", f"/grants/{grant.pk}/open/"):
        nonsense = browser.post(path, {"give_back": "x", "besides": "x"})
        assert nonsense.status_code == 422


def test_without_another_grant_the_page_says_what_is_left(browser, grant):
    shown = data(browser.get("/"))
    browser.post(shown["submit"], answer(shown))
    assert b'id="empty"' in browser.post("/claims/next/").content


def test_a_fifth_claim_is_a_conflict(browser, annotator, category):
    GrantFactory.create_batch(5, queued=True)
    held = set()
    for _ in range(4):
        held.add(claim_next_grant(annotator, held).token)
    response = browser.post("/claims/next/", {"besides": ",".join(map(str, held))})
    assert response.status_code == 409
    assert b"You hold 4 grants" in response.content


def test_a_blind_annotation_is_followed_by_the_suggestions(browser, category):
    grant = GrantFactory(queued=True, stream="audit")
    SuggestionFactory(grant=grant, category=category)
    shown = data(browser.get("/"))
    assert shown["isBlind"]
    own = json.dumps({"subject": {"outcome": "none_fits"}})
    revealed = data(browser.post(shown["submit"], answer(shown, answers=own)))
    ((row,), outcome) = revealed["facets"][0]["rows"], revealed["facets"][0]["outcome"]
    assert (row["code"], row["state"], outcome) == ("SPORT", "undecided", "none_fits")
    html = browser.post(revealed["submit"], answer(revealed)).content.decode()
    assert "data-deed" in html
    first, second = Annotation.objects.order_by("pk")
    assert (first.is_blind, second.revises) == (True, first)
    assert '<b id="done">1</b>' in html  # one grant, not two
    reopened = data(browser.post("/annotations/undo/"))
    assert reopened["facets"][0]["rows"][0]["state"] == "ticked"
    assert list(Annotation.objects.as_shown()) == [first]


def test_a_second_tab_replaces_no_revision_that_it_has_not_shown(browser, category):
    SuggestionFactory(grant=GrantFactory(queued=True, stream="audit"), category=category)
    shown = data(browser.get("/"))
    own = json.dumps({"subject": {"outcome": "none_fits"}})
    revealed = data(browser.post(shown["submit"], answer(shown, answers=own)))
    given = {"replaces": revealed["replaces"]}
    here = answer(revealed, **given)
    for _ in range(2):  # sent again, it is stored once
        assert browser.post(revealed["submit"], here).status_code == 200
    for late in (given, {}, {"replaces": 2**63 - 1}):
        refused = browser.post(revealed["submit"], answer(revealed, key=str(uuid.uuid4()), **late))
        assert refused.status_code == 409
        assert b"in another tab or window" in refused.content
    assert Annotation.objects.count() == 2
    opened = data(browser.post(revealed["open"]))
    again = answer(opened, replaces=opened["replaces"])
    assert browser.post(opened["submit"], again).status_code == 200
    nonsense = answer(opened, key=str(uuid.uuid4()), replaces="x")
    assert browser.post(opened["submit"], nonsense).status_code == 422


def test_a_revision_that_is_not_possible_is_a_conflict(browser, grant):
    shown = data(browser.get("/"))
    assert browser.post("/annotations/0/revision/", answer(shown)).status_code == 409
    assert browser.post("/annotations/0/revision/", answer(shown, key="x")).status_code == 422


def test_a_lost_grant_can_be_opened_again(browser, grant):
    shown = data(browser.get("/"))
    again = data(browser.post(shown["open"]))
    assert again["grant"] == shown["grant"]
    assert again["token"] != shown["token"]


def test_a_parked_grant_stands_in_the_status_line(browser, grant):
    shown = data(browser.get("/"))
    html = browser.post(shown["skip"], {"reason": "parked"}).content.decode()
    assert "1 parked" in html and shown["open"] in html


def test_the_page_knows_keys_and_recent_use(browser, annotator, grant):
    shown = data(browser.get("/"))
    browser.post(shown["submit"], answer(shown))
    browser.post("/account/keys/", {"keys": '{"undo": "z"}'})
    html = unescape(browser.get("/").content.decode())
    assert '"undo": "z"' in html
    assert 'data-recent="{"SPORT": 1}"' in html


def test_a_fold_that_stayed_shut_makes_no_decision(browser, grant):
    shown = data(browser.get("/"))
    nothing = json.dumps({"subject": {"outcome": "none_fits"}})
    browser.post(shown["submit"], answer(shown, answers=nothing, unseen='["SPORT"]'))
    assert not Annotation.objects.get().decisions.exists()


def test_the_same_answer_again_is_the_same_annotation(browser, grant):
    shown = data(browser.get("/"))
    for _ in range(2):
        assert browser.post(shown["submit"], answer(shown)).status_code == 200
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
    response = browser.post(shown["submit"], answer(shown, **change))
    assert response.status_code == 422
    assert response["Content-Type"].startswith("text/plain")
    assert not Annotation.objects.exists()


def test_a_lost_claim_is_a_conflict_beside_the_work(browser, grant):
    shown = data(browser.get("/"))
    response = browser.post(f"/annotations/{uuid.uuid4()}/", answer(shown))
    assert response.status_code == 409
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
    name = desk.name_of(Skip.objects.get())
    assert f'data-deed="{name}"' in response.content.decode()
    reopened = data(browser.post("/annotations/undo/", {"deed": name}))
    assert reopened["grant"] == shown["grant"]


def test_a_skip_is_sent_again_when_its_reply_was_lost(browser, grant):
    shown = data(browser.get("/"))
    given = {"reason": "other", "grant": shown["grant"]}
    assert [browser.post(shown["skip"], given).status_code for _ in range(2)] == [200, 200]
    assert Skip.objects.count() == 1


def test_an_active_annotator_keeps_the_claim(browser, grant):
    shown = data(browser.get("/"))
    before = QueueItem.objects.get().claimed_until
    assert browser.post(shown["renew"]).status_code == 204
    assert QueueItem.objects.get().claimed_until > before


def test_undo_brings_the_old_answer_back(browser, grant, category):
    CategoryFactory(facet=category.facet, code="YOUTH", label="Youth")
    shown = data(browser.get("/"))
    facet = {"outcome": "labelled", "accepted": [], "rejected": ["SPORT"], "added": ["YOUTH"]}
    browser.post(shown["submit"], answer(shown, answers=json.dumps({"subject": facet})))
    response = browser.post("/annotations/undo/")
    (facet,) = data(response)["facets"]
    assert [(row["code"], row["state"]) for row in facet["rows"]] == [("SPORT", "rejected")]
    assert [c["code"] for c in facet["added"]] == ["YOUTH"]
    nothing = browser.post("/annotations/undo/")
    assert nothing.status_code == 409
    assert b"nothing left to undo" in nothing.content


def test_what_was_taken_back_is_filled_in_wherever_its_grant_comes_again(browser, grant):
    shown = data(browser.get("/"))
    facet = {"outcome": "none_fits", "rejected": ["SPORT"]}
    browser.post(shown["submit"], answer(shown, answers=json.dumps({"subject": facet})))
    browser.post("/annotations/undo/")
    (facet,) = data(browser.get("/"))["facets"]
    assert (facet["outcome"], facet["rows"][0]["state"]) == ("none_fits", "rejected")
    assert browser.post("/claims/next/").content.count(b'data-state="rejected"') == 1


def test_an_undo_sent_again_under_its_key_takes_back_one_grant(browser, grant):
    SuggestionFactory(category=grant.suggestions.get().category)
    for _ in range(2):
        shown = data(browser.get("/"))
        browser.post(shown["submit"], answer(shown))
    key = {"key": str(uuid.uuid4())}
    first, again = (data(browser.post("/annotations/undo/", key)) for _ in range(2))
    assert first["token"] == again["token"]
    assert Annotation.objects.current().count() == 1
    assert browser.post("/annotations/undo/", {"key": shown["key"]}).status_code == 422


def test_a_past_annotation_is_changed_without_a_claim(browser, grant):
    shown = data(browser.get("/"))
    browser.post(shown["submit"], answer(shown))
    past = Annotation.objects.get()
    opened = data(browser.post(f"/annotations/{past.pk}/change/"))
    assert (opened["changes"], opened["stands"]) == (f"annotation-{past.pk}", True)
    assert not QueueItem.objects.get().is_open
    own = json.dumps({"subject": {"outcome": "none_fits"}})
    html = browser.post(opened["submit"], answer(opened, answers=own)).content.decode()
    assert f'data-deed="{desk.name_of(past.superseded_by)}"' in html
    late = answer(opened, key=str(uuid.uuid4()))
    assert browser.post(opened["submit"], late).status_code == 409
    assert browser.post("/annotations/0/change/").status_code == 409


def test_a_check_of_an_earlier_annotation_says_so_and_is_blind(browser, category):
    grant = GrantFactory(queued=True, queued__stream="recheck", queued__is_blind=True)
    SuggestionFactory(grant=grant, category=category)
    html = browser.get("/").content.decode()
    assert "A check of what was annotated before" in html
    assert 'name="shown"' not in html
    assert "least sure" not in html


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
    assert response.json()["label"] == ["Community sport"]
    assert "immutable" in response["Cache-Control"]
    assert "no-cache" in browser.get("/categories.json?release=0")["Cache-Control"]


def test_what_categories_mean_is_asked_for_apart(browser, category):
    Category.objects.update(definition="Sport for all.", scope_note="Not for pay.")
    CategoryFactory(facet=category.facet, definition="")
    response = browser.get(f"/definitions.json?release={category.taxonomy.release_id}")
    assert response.json()["definitions"] == {category.code: "Sport for all. Not for pay."}
    assert "immutable" in response["Cache-Control"]


def test_the_page_costs_the_same_however_much_waits(browser, grant, django_assert_max_num_queries):
    shown = data(browser.get("/"))
    SuggestionFactory.create_batch(5)
    GrantFactory.create_batch(30, queued=True)
    with django_assert_max_num_queries(17):  # two each are the session and the savepoint
        browser.get("/")
    with django_assert_max_num_queries(30):  # of them eleven keep the figures of coverage
        browser.post(shown["submit"], answer(shown))


def test_what_became_of_a_lost_claim(annotator, browser, grant):
    """Whoever lost the grant reads in one sentence how."""
    shown = data(browser.get("/"))

    def why():
        response = browser.post(f"/annotations/{uuid.uuid4()}/", answer(shown))
        return response.content.decode()

    other = UserFactory()
    QueueItem.objects.update(claim=None, claimed_by=None, claimed_until=None)
    assert "had opened it since" in why()
    claim_next_grant(other)
    assert "has it open now" in why()
    QueueItem.objects.update(
        claim=None, claimed_by=None, claimed_until=None, is_open=False, n_done=1
    )
    assert "has annotated it since" in why()
    take_out([grant.pk])
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
