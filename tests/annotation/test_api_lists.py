"""The API's lists: who may read them, in which order, page by page."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from annotation.models import Annotation, Grant, ModelVersion
from tests.annotation import random_site
from tests.annotation.programme import Programme
from tests.factories import (
    AdministratorFactory,
    FacetFactory,
    GrantFactory,
    LabelFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
FOR_ALL = [("GET", "grants/"), ("GET", "categories/"), ("POST", "queue/next/")]
FOR_ADMINISTRATORS = [
    ("GET", "annotations/"),
    ("GET", "coverage/"),
    ("GET", "model-versions/"),
    ("POST", "model-versions/"),
]
FOR_SIGNED_IN = [*FOR_ALL, ("POST", "queue/release/"), ("POST", "annotations/")]


@pytest.fixture
def annotator():
    return Programme(UserFactory())


@pytest.fixture
def administrator():
    return Programme(AdministratorFactory())


def ask(client, method, path):
    return client.generic(method, f"/api/v1/{path}", content_type="application/json")


@pytest.mark.parametrize(("method", "path"), [*FOR_SIGNED_IN, *FOR_ADMINISTRATORS])
def test_a_stranger_is_401(method, path):
    answer = ask(APIClient(), method, path)
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/json"


@pytest.mark.parametrize(("method", "path"), FOR_ADMINISTRATORS)
def test_what_belongs_to_administrators_is_403_for_annotators(annotator, method, path):
    LabelFactory()
    answer = ask(annotator.client, method, path)
    assert answer.status_code == 403
    assert answer.json() == {"detail": "This belongs to administrators."}
    assert not ModelVersion.objects.exists()


@pytest.mark.parametrize("path", ["annotations/", "coverage/", "model-versions/"])
@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
def test_not_even_its_size_or_shape_is_told_to_annotators(annotator, method, path):
    assert ask(annotator.client, method, path).status_code == 403


@pytest.mark.parametrize(("method", "path"), FOR_ALL)
def test_what_is_for_all_is_for_annotators_too(annotator, method, path):
    FacetFactory()
    assert ask(annotator.client, method, path).status_code in (200, 204)


@pytest.mark.parametrize("path", ["annotations/", "grants/", "categories/", "queue/next/"])
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE"])
def test_other_methods_are_405(administrator, method, path):
    answer = ask(administrator.client, method, path)
    assert answer.status_code == 405
    assert "detail" in answer.json()


def walk(programme, path, **query):
    """Everything of a list, page by page by its own links."""
    answer = programme.get(path, **query).json()
    yield answer["results"]
    while answer["next"]:
        answer = programme.client.get(answer["next"]).json()
        yield answer["results"]


def test_annotations_come_oldest_first_with_all_that_was_decided(administrator):
    random_site.build(3)
    rows = [row for page in walk(administrator, "annotations/", page_size=4) for row in page]
    standing = Annotation.objects.current().order_by("pk")
    assert [row["id"] for row in rows] == [a.pk for a in standing]
    assert len(rows) > 8
    for row, stored in zip(rows, standing, strict=True):
        assert row["grant"] == stored.grant.reference
        assert row["annotator"] == stored.annotator.username
        assert row["submitted_at"]
        assert (row["stream"], row["is_blind"], row["seconds"]) == (
            stored.stream,
            stored.is_blind,
            stored.seconds,
        )
        assert {(d["category"], d["verdict"]) for d in row["decisions"]} == set(
            stored.decisions.values_list("category__code", "verdict")
        )
        assert {(o["facet"], o["outcome"]) for o in row["outcomes"]} == set(
            stored.outcomes.values_list("facet__code", "value")
        )


def test_a_list_says_where_the_next_page_is_and_nothing_more(administrator):
    GrantFactory.create_batch(3)
    first = administrator.get("grants/", page_size=2).json()
    assert first.keys() == {"next", "results"}
    assert len(first["results"]) == 2
    last = administrator.client.get(first["next"]).json()
    assert (last["next"], len(last["results"])) == (None, 1)


def test_pages_hold_fifty_and_at_most_two_hundred(administrator):
    GrantFactory.create_batch(203)
    sizes = {
        asked: len(administrator.get("grants/", page_size=asked).json()["results"])
        for asked in ("", "7", "200", "201", "1000000000", "1e9", "-1", "0", "x", "9" * 5000)
    }
    assert sizes == {
        "": 50, "7": 7, "200": 200, "201": 200, "1000000000": 200,
        "1e9": 50, "-1": 50, "0": 50, "x": 50, "9" * 5000: 50,
    }  # fmt: skip


def test_a_grant_added_between_two_pages_is_not_lost(administrator):
    GrantFactory.create_batch(3)
    pages = walk(administrator, "grants/", page_size=2)
    seen = next(pages)
    GrantFactory()
    seen += [row for page in pages for row in page]
    references = list(Grant.objects.order_by("pk").values_list("reference", flat=True))
    assert [row["reference"] for row in seen] == references


CURSORS = [
    "garbage", "cD1hYmM=", "cD0=", "cD0xZTk=", "cD0tMQ==", "b2Zmc2V0PTE=", "bz05OTk5OTk5OTk5",
    "cj0xJnA9OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "cD0lMDA=", "w7w=", "=", "%", "\0", "🎭",
    "cD3ZoQ==", "A" * 5000,
]  # fmt: skip


@pytest.mark.parametrize("cursor", CURSORS, ids=lambda cursor: repr(cursor[:20]))
@pytest.mark.parametrize("path", ["grants/", "annotations/", "model-versions/"])
def test_a_tampered_cursor_is_no_error_of_ours(administrator, path, cursor):
    GrantFactory()
    answer = administrator.get(path, cursor=cursor)
    assert answer.status_code in (200, 400, 404)
    assert answer["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "query",
    [
        {"ordering": "annotator__password"},
        {"annotator__password__startswith": "p"},
        {"filter[_connector]": ") OR 1=1--"},
        {"search": "x", "fields": "annotator__password"},
        {"page_size": ["1", "2"]},
    ],
)
def test_what_a_list_does_not_know_has_no_effect(administrator, query):
    random_site.build(3, 6)
    path = "/api/v1/annotations/"
    with CaptureQueriesContext(
        connection,
    ) as queries:
        answer = administrator.client.get(path, query)
    assert answer.status_code == 200
    expected = administrator.client.get(path).json()["results"]
    assert answer.json()["results"] == expected[: 2 if "page_size" in query else None]
    assert not any("OR 1=1" in q["sql"] for q in queries)
    assert "password" not in answer.content.decode()


@pytest.mark.parametrize("path", ["annotations/", "grants/", "model-versions/", "coverage/"])
def test_a_list_costs_the_same_whatever_its_length(administrator, path):
    counts = set()
    administrator.get(path)  # the first use of a key is noted, the next ones are not
    for seed in (1, 2):
        random_site.build(seed, 9) if seed == 1 else GrantFactory.create_batch(20)
        with CaptureQueriesContext(connection) as queries:
            assert administrator.get(path).status_code == 200
        counts.add(len(queries))
    assert len(counts) == 1
    assert counts.pop() <= 10  # one of them reads the settings
