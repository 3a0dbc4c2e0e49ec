"""What the API says to nonsense and malice: a 400 in words, never an error of ours."""

import json

import pytest
from rest_framework.test import APIClient

from annotation.models import Annotation, ModelVersion, QueueItem, User
from tests.annotation.programme import Programme
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    GrantFactory,
    LabelFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
CLAIM = "11111111-1111-4111-8111-111111111111"
POSTS = ["auth/token/", "queue/next/", "queue/release/", "annotations/", "model-versions/"]
VALID = {
    "auth/token/": {"username": "ada", "password": "a long enough secret"},
    "queue/next/": {"besides": [CLAIM]},
    "queue/release/": {"claim": CLAIM},
    "annotations/": {"claim": CLAIM, "facets": {"subject": {"added": ["SPORT"]}}, "seconds": 5},
    "model-versions/": {},
}


@pytest.fixture(autouse=True)
def site():
    """A category, a label to learn from, and a grant that waits."""
    LabelFactory(category=CategoryFactory(code="SPORT"))
    GrantFactory(queued=True)
    UserFactory(username="ada")


@pytest.fixture
def client():
    client = Programme(AdministratorFactory()).client
    client.raise_request_exception = False
    return client


def send(client, path, body, content_type="application/json", **headers):
    data = body if isinstance(body, bytes | str) else json.dumps(body)
    headers = {"Idempotency-Key": "key"} | headers
    return client.generic("POST", f"/api/v1/{path}", data, content_type, headers=headers)


BODIES = [
    b"{", b"}", b"[", b"nonsense", b"{'claim': 1}", b'{"claim": }', b'{"a": 1} {"b": 2}', b"[]",
    b"\x00", b"\xff\xfe", b'{"\xc3\x28": 1}', b"[{}]", b"[null]", b'""', b'"text"', b"1", b"-1",
    b"1e999", b"NaN", b"Infinity", b"true", b"false", b"null", b"9" * 5000, b"\xef\xbb\xbf[]",
    b'{"claim": ' + b"9" * 5000 + b"}", b'{"": 1}', b'{"__proto__": {}}', b'{"is_superuser": true}',
    b'{"_connector": ") OR 1=1--"}', b'{"a.b": 1}', b'{"x\\"--": 1}', b'{"%(y)s": 1}',
    b'{"\\ud800": 1}', b'{"\\u0000": 1}', b"<?xml version='1.0'?><a/>", "{}".encode("utf-16"),
    b"[" * 100_000, b'{"a":' * 50_000, b"[" * 100_000 + b"]" * 100_000,
    b'{"facets": ' * 5_000 + b"1" + b"}" * 5_000, b'{"claim": "' + b"x" * 200_000 + b'"}',
    json.dumps({f"key{n}": n for n in range(10_000)}).encode(),
]  # fmt: skip


@pytest.mark.parametrize("path", POSTS)
def test_forty_hostile_bodies_are_400(client, path):
    for body in BODIES:
        answer = send(client, path, body)
        assert answer.status_code == 400, (body[:40], answer.content[:200])
        assert answer["Content-Type"] == "application/json"
        assert answer.json()
    assert not Annotation.objects.exists()
    assert not ModelVersion.objects.exists()
    assert not QueueItem.objects.exclude(claim=None).exists()


@pytest.mark.parametrize("path", POSTS)
def test_a_key_that_is_not_known_is_400_and_named(client, path):
    answer = send(client, path, VALID[path] | {"annotator": 1})
    assert answer.status_code == 400
    assert "Unknown key" in answer.json()["annotator"][0]


def test_an_unknown_key_inside_of_an_answer_is_named_too(client):
    body = VALID["annotations/"] | {"facets": {"subject": {"accept": ["SPORT"]}}}
    answer = send(client, "annotations/", body)
    assert answer.status_code == 400
    assert "Unknown key" in str(answer.json()["facets"]["subject"]["accept"])


WRONG = {
    "auth/token/": {
        "username": [True, None, [], {}, "", " ", "a" * 151, "a\0b"],
        "password": [True, None, [], {}, "", "x" * 1001, "a\0b"],
    },
    "queue/next/": {"besides": [None, {}, "x", True, [None], [{}], ["x"], [CLAIM] * 21, [-1]]},
    "queue/release/": {"claim": [None, "", [], {}, "x", "0" * 31, -1, 2**128, 1.5, "\0"]},
    "annotations/": {
        "claim": [None, "", [], {}, "x", -1, 2**128],
        "facets": [None, "", [], True, {"subject": None}, {"subject": []}, {"subject": "x"}],
        "seconds": [-1, 86_401, 10**12, 1.5, "x", None, [], "1e3", True, 1e999],
    },
}


@pytest.mark.parametrize(
    ("path", "field"), [(path, field) for path, fields in WRONG.items() for field in fields]
)
def test_a_wrong_value_is_400_and_its_field_is_named(client, path, field):
    for value in WRONG[path][field]:
        answer = send(client, path, VALID[path] | {field: value})
        assert answer.status_code == 400, value
        if value != 1e999:  # no JSON at all
            assert field in answer.json()


@pytest.mark.parametrize("verdict", ["accepted", "rejected", "added"])
@pytest.mark.parametrize(
    "codes",
    [None, "SPORT", {}, [None], [[]], [{}], [""], ["\0"], ["\ud800"], ["x" * 41], ["A"] * 101,
     [True], [2**63]],
)  # fmt: skip
def test_a_verdict_wants_a_list_of_codes(client, verdict, codes):
    claim = send(client, "queue/next/", {}).json()["claim"]
    body = {"claim": claim, "facets": {"subject": {"outcome": "labelled", verdict: codes}}}
    answer = send(client, "annotations/", body)
    assert answer.status_code == 400
    assert not Annotation.objects.exists()


@pytest.mark.parametrize("facet", ["", "\0", "\ud800", "x" * 10_000, "Subject", "facet__taxonomy"])
@pytest.mark.parametrize("answer", [{}, {"outcome": 5.5}, {"outcome": "x" * 21}, None])
def test_a_facet_that_does_not_exist_is_400(client, facet, answer):
    claim = send(client, "queue/next/", {}).json()["claim"]
    body = {"claim": claim, "facets": {facet: answer}}
    assert send(client, "annotations/", body).status_code == 400


@pytest.mark.parametrize(
    "claim",
    [CLAIM, CLAIM.upper(), "{" + CLAIM + "}", CLAIM.replace("-", ""), "urn:uuid:" + CLAIM, 0, 5],
)
def test_a_claim_that_nobody_holds_is_409_however_it_is_written(client, claim):
    body = {"claim": claim, "facets": {}}
    assert send(client, "annotations/", body).status_code == 409
    assert send(client, "queue/release/", {"claim": claim}).status_code == 204


@pytest.mark.parametrize(
    "key", ["", "x" * 101, "x" * 10_000, "ü", "a\tb", "\x7f", "a\u200bb"], ids=repr
)
def test_an_odd_idempotency_key_is_400(client, key):
    claim = send(client, "queue/next/", {}).json()["claim"]
    answer = send(
        client, "annotations/", {"claim": claim, "facets": {}}, **{"Idempotency-Key": key}
    )
    assert answer.status_code == 400
    assert "1 to 100 printable ASCII characters" in answer.json()["Idempotency-Key"][0]


def test_a_missing_idempotency_key_is_400(client):
    answer = client.post("/api/v1/annotations/", {"claim": CLAIM, "facets": {}}, format="json")
    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.json()


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "x"],
)
def test_another_content_type_is_415(client, path, content_type):
    answer = send(client, path, json.dumps(VALID[path]), content_type)
    assert answer.status_code == 415
    assert answer["Content-Type"] == "application/json"


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "image/*", "x", "x" * 5000])
@pytest.mark.parametrize("path", ["grants/", "categories/", "coverage/", "model-versions/"])
def test_no_accept_header_brings_anything_but_json(client, path, accept):
    answer = client.get(f"/api/v1/{path}", headers={"accept": accept})
    assert answer.status_code in (200, 406)
    assert answer["Content-Type"] == "application/json"


@pytest.mark.parametrize("path", POSTS)
def test_a_body_over_a_quarter_of_a_megabyte_is_413(client, path):
    answer = send(client, path, json.dumps(VALID[path]) + " " * 300_000)
    assert (answer.status_code, answer.json()) == (
        413,
        {"detail": "The body is over 262,144 bytes."},
    )


@pytest.mark.parametrize("path", ["nowhere/", "grants/1/", "annotations/x/", "../admin/", "%00/"])
def test_an_unknown_address_is_404(client, path):
    answer = client.get(f"/api/v1/{path}")
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/json"


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-Method-Override"])
def test_a_method_cannot_be_overridden(client, header):
    answer = client.get("/api/v1/model-versions/", headers={header: "POST"})
    assert answer.status_code == 200
    assert not ModelVersion.objects.exists()


def test_an_unknown_host_is_400():
    answer = APIClient().get("/api/v1/grants/", headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/json"


@pytest.mark.parametrize("facts", [{"role": "administrator"}, {"is_staff": True}, {"id": 1}])
def test_nobody_rises_by_an_extra_key(client, facts):
    assert send(client, "auth/token/", VALID["auth/token/"] | facts).status_code == 400
    assert User.objects.get(username="ada").role == "annotator"


@pytest.mark.parametrize("q", ["\0", "%", "_", "(a+)+$", "x" * 10_000, "a " * 5_000, "🎭", "\\"])
def test_a_search_for_nonsense_finds_nothing_and_breaks_nothing(client, q):
    answer = client.get("/api/v1/categories/", {"q": q})
    assert answer.status_code == 200
    assert isinstance(answer.json(), list)
