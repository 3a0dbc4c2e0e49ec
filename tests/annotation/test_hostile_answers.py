"""Answers that name what is not theirs, not there, or far too much: refused in words, whole."""

import json

import pytest
from django.test import Client
from django.utils import timezone

from annotation.models import Annotation, Note, QueueItem
from tests.annotation.programme import Programme
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    FacetFactory,
    GrantFactory,
    ModelVersionFactory,
    SuggestionFactory,
    TaxonomyFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
NONE = {"subject": {"outcome": "none_fits"}}
NUMBERS = [0, -1, 2**31, 2**63 - 1, 2**63, 10**30, "9" * 5000, "1e3", "0x1", "\u0663"]


@pytest.fixture
def annotator():
    FacetFactory()
    GrantFactory(queued=True)
    programme = Programme(UserFactory(username="ada"))
    programme.client.raise_request_exception = False
    return programme


@pytest.fixture
def claim(annotator):
    return annotator.next().json()["claim"]


@pytest.fixture
def screen():
    client = Client(raise_request_exception=False)
    client.force_login(AdministratorFactory())
    return client


REQUIRED = {
    "auth/token/": {"username": "ada", "password": "a long enough secret"},
    "queue/release/": {"claim": "11111111-1111-4111-8111-111111111111"},
    "annotations/": {"claim": "11111111-1111-4111-8111-111111111111", "facets": {}},
    "classify/": {"texts": ["A choir"]},
}


@pytest.mark.parametrize(
    ("path", "key"), [(path, key) for path, body in REQUIRED.items() for key in body]
)
def test_a_key_that_is_missing_or_blank_is_400_and_named(annotator, path, key):
    body = REQUIRED[path]
    without = {name: value for name, value in body.items() if name != key}
    blanks = [{key: ""}, {key: "  "}, {key: " \t\n"}, {key: "\u00a0"}, {key: None}]
    if (path, key) == ("auth/token/", "password"):
        blanks = blanks[::4]  # spaces may be a password, though a wrong one
    for more in [{}, *blanks]:
        answer = annotator.post(path, without | more, idempotency_key="key")
        assert answer.status_code == 400, more
        assert key in answer.json()


@pytest.mark.parametrize("facets", [{}, NONE])
def test_another_person_s_claim_is_409_and_stays_theirs(annotator, claim, facets):
    other = Programme(UserFactory())
    answer = other.submit(claim, facets)
    assert answer.status_code == 409
    assert answer.json()["detail"] == (
        "Your claim on this grant is gone. Open the next grant to go on."
    )
    assert str(QueueItem.objects.get().claim) == claim
    assert annotator.submit(claim, NONE).status_code == 201


def test_a_claim_that_was_answered_is_409_for_another_answer(annotator, claim):
    annotator.submit(claim, NONE)
    assert annotator.submit(claim, {}, key="another").status_code == 409
    assert Annotation.objects.count() == 1


def test_a_category_of_another_or_of_no_taxonomy_is_400_alike(annotator, claim):
    old = TaxonomyFactory(name="Put away", is_current=False)
    CategoryFactory(code="OLD", facet=FacetFactory(taxonomy=old))
    for code in ("OLD", "NEVER"):
        answer = annotator.submit(claim, {"subject": {"outcome": "labelled", "added": [code]}})
        assert (answer.status_code, answer.json()["detail"]) == (
            400,
            f"There is no category '{code}'. Search for its label instead.",
        )
    assert not Annotation.objects.exists()


def test_a_category_of_an_earlier_release_is_400(annotator, claim):
    CategoryFactory(code="HERE")
    CategoryFactory(code="GONE", label="Gone", retired_at=timezone.now())
    answer = annotator.submit(claim, {"subject": {"outcome": "labelled", "added": ["GONE"]}})
    assert answer.status_code == 400
    assert answer.json()["detail"] == "GONE Gone is retired. Choose another category."


def test_two_hundred_categories_at_once_are_400_and_a_hundred_are_stored(annotator, claim):
    codes = [category.code for category in CategoryFactory.create_batch(100)]
    many = {"subject": {"outcome": "labelled", "added": codes + [f"X{n}" for n in range(100)]}}
    answer = annotator.submit(claim, many)
    assert answer.status_code == 400
    assert "no more than 100" in str(answer.json()["facets"])
    assert not Annotation.objects.exists()
    many["subject"]["added"] = codes
    assert annotator.submit(claim, many).status_code == 201
    assert Annotation.objects.get().decisions.count() == 100


@pytest.mark.parametrize(
    "verdicts", [{"added": ["A", "A"]}, {"accepted": ["A"], "rejected": ["A"]}]
)
def test_the_same_category_twice_is_400(annotator, claim, verdicts):
    CategoryFactory(code="A")
    answer = annotator.submit(claim, {"subject": {"outcome": "labelled"} | verdicts})
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("A stands in Subject twice.")


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: str(number)[:20])
def test_no_number_in_an_address_is_an_error_of_ours(annotator, screen, number):
    for answer in (
        annotator.get(f"annotations/{number}/"),
        annotator.post(
            f"annotations/{number}/revision/", {"facets": {}}, idempotency_key="key", If_Match="*"
        ),
    ):
        assert answer.status_code in (404, 409), answer.content
        assert answer["Content-Type"] == "application/json"
    for path in ("grants", "versions", "import", "people", "guidelines", "sprints", "adjudicate"):
        assert screen.get(f"/{path}/{number}/").status_code == 404, path
    for path in ("notes", "open"):
        assert screen.post(f"/grants/{number}/{path}/", {"comment": "x"}).status_code == 404
    for path in ("annotations/{}/change", "annotations/{}/correction", "sessions/{}/end"):
        sent = screen.post(f"/{path.format(number)}/", {"key": "x"})
        assert sent.status_code in (404, 409, 422), path


@pytest.mark.parametrize("least", ["1.0001", "-0.1", "NaN", "inf", "1e999", "x", "0,5", "٠.٥x"])
def test_a_confidence_that_is_none_is_refused_and_named(screen, least):
    SuggestionFactory(score=0.9)
    for name in ("threshold", "score_from"):
        asked = {"as": "csv", "suggestions": True, name: least}
        answer = screen.post("/api/v1/exports/grants/", asked, content_type="application/json")
        assert answer.status_code == 400, name
        assert name in answer.json()
    with_number = {"texts": ["A choir"], "threshold": 0.5}
    assert "Unknown key" in str(
        screen.post("/api/v1/classify/", with_number, content_type="application/json").json()
    )


@pytest.mark.parametrize("least", ["-0", "-0.0"])
def test_a_confidence_of_minus_nothing_is_no_fault(screen, least):
    """The list has no use for a sign and says so; a number in an export is one all the same."""
    SuggestionFactory(score=0.0)
    assert f"“{least}”" in screen.get("/grants/", {"score_from": least}).content.decode()
    asked = {"as": "csv", "suggestions": True, "threshold": least}
    answer = screen.post("/api/v1/exports/grants/", asked, content_type="application/json")
    assert answer.status_code == 200


COMMENTS = {
    "x" * 2_001: "A comment may have 2,000 characters at most.",
    "x" * 900_000: "A comment may have 2,000 characters at most.",
    "\0": "Null characters are not allowed.",
    "a\0b": "Null characters are not allowed.",
    " \t\n": "Nothing was noted: write a comment first.",
    "": "Nothing was noted: write a comment first.",
}


@pytest.mark.parametrize("text", COMMENTS, ids=lambda text: repr(text[:9]))
def test_a_comment_that_cannot_be_kept_is_422_in_words(screen, text):
    answer = screen.post(f"/grants/{GrantFactory().pk}/notes/", {"comment": text})
    assert (answer.status_code, answer.content.decode()) == (422, COMMENTS[text])
    assert not Note.objects.exists()


def test_a_comment_over_a_megabyte_is_413(screen):
    answer = screen.post(
        f"/grants/{GrantFactory().pk}/notes/", f"comment={'x' * 1_100_000}",
        content_type="application/x-www-form-urlencoded",
    )  # fmt: skip
    assert answer.status_code == 413
    assert not Note.objects.exists()


@pytest.mark.parametrize("text", ["\u0301" * 2_000, "\u202e", "🎭", "<b>", "{{ 7*7 }}"])
def test_an_odd_comment_is_kept_as_it_is(screen, text):
    assert screen.post(f"/grants/{GrantFactory().pk}/notes/", {"comment": text}).status_code == 200
    assert Note.objects.get().text == text


DEEP = "[" * 40_000
TEXTS = [
    DEEP,
    DEEP + "]" * 40_000,
    '["\\ud800"]',
    '["\\u0000"]',
    "1e999",
    "5",
    "[1]",
    "[" * 300_000,
]


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text[:9])
@pytest.mark.parametrize("name", ["answers", "unseen", "keys"])
def test_what_a_page_sends_as_json_is_read_with_care(screen, name, text):
    claim = "11111111-1111-4111-8111-111111111111"
    body = {"answers": "{}", "unseen": "[]", "key": claim, "seconds": "5", name: text}
    path = "/account/keys/" if name == "keys" else f"/annotations/{claim}/"
    answer = screen.post(path, body)
    assert answer.status_code == 422


def test_a_hundred_thousand_keys_of_one_answer_are_400_within_a_moment(annotator, claim):
    body = {f"f{n}": {} for n in range(10_000)}
    answer = annotator.submit(claim, body)
    assert answer.status_code == 400
    assert len(answer.content) < 50_000
    assert json.loads(answer.content)


def test_a_text_to_classify_may_be_anything_but_too_long(annotator):
    ModelVersionFactory()
    for texts in ([""], ["\0"], ["x" * 300_000], [None], [[]], "x", [1], {}):
        answer = annotator.post("classify/", {"texts": texts})
        assert answer.status_code in (400, 413), texts
