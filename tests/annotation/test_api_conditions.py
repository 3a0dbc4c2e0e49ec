"""Changing what stands by the API: only as it was read, so that no update is lost unseen."""

import pytest

from annotation.models import Annotation, QueueItem
from annotation.services.decisions import withdraw_last
from tests.annotation.programme import Programme
from tests.factories import (
    CategoryFactory,
    FacetFactory,
    GrantFactory,
    SuggestionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
FIRST = {"subject": {"outcome": "labelled", "accepted": ["SPORT"]}}
SECOND = {"subject": {"outcome": "labelled", "accepted": ["ARTS"]}}
NONE = {"subject": {"outcome": "none_fits"}}


@pytest.fixture
def ada():
    return UserFactory(username="ada")


@pytest.fixture
def annotator(ada):
    facet = FacetFactory()
    grant = GrantFactory(queued=True)
    for code in ("SPORT", "ARTS"):
        SuggestionFactory(grant=grant, category=CategoryFactory(facet=facet, code=code))
    return Programme(ada)


@pytest.fixture
def stored(annotator):
    """The answer to a submit; it stands."""
    return annotator.submit(annotator.next().json()["claim"], FIRST)


def change(programme, pk, facets=SECOND, key="change", **headers):
    return programme.client.put(
        f"/api/v1/annotations/{pk}/",
        {"facets": facets},
        format="json",
        headers={"Idempotency-Key": key} | {n.replace("_", "-"): v for n, v in headers.items()},
    )


def test_what_is_read_and_what_is_stored_carry_the_same_tag(annotator, stored):
    pk = stored.json()["id"]
    read = annotator.get(f"annotations/{pk}/")
    assert (read.status_code, read.json()["id"]) == (200, pk)
    assert read["ETag"] == stored["ETag"] == f'"{pk}"'
    # Packed on the way, the tag would come back weak and match nothing.
    assert read["Cache-Control"] == stored["Cache-Control"] == "no-store, no-transform"


def test_a_change_of_what_was_read_takes_its_place(annotator, stored):
    pk = stored.json()["id"]
    changed = change(annotator, pk, If_Match=stored["ETag"])
    assert changed.status_code == 201
    new = Annotation.objects.current().get()
    assert (new.pk, new.supersedes_id) == (changed.json()["id"], pk)
    # By any of its numbers one finds what stands.
    assert annotator.get(f"annotations/{pk}/").json()["id"] == new.pk
    assert changed["ETag"] == annotator.get(f"annotations/{new.pk}/")["ETag"] == f'"{new.pk}"'


def test_of_two_changes_of_one_reading_the_second_is_412_and_stores_nothing(annotator, stored):
    pk = stored.json()["id"]
    first = change(annotator, pk, If_Match=stored["ETag"])
    second = change(annotator, pk, NONE, key="second", If_Match=stored["ETag"])
    assert second.status_code == 412
    new = first.json()["id"]
    assert second.json()["detail"].startswith(f"Annotation {new} stands there by now.")
    assert Annotation.objects.current().get().pk == new
    # Read again, it can be sent with the same key.
    assert change(annotator, pk, NONE, key="second", If_Match=first["ETag"]).status_code == 201


def test_without_a_condition_it_is_428_and_nothing_is_stored(annotator, stored):
    for headers in ({}, {"If_Match": ""}, {"If_Match": "  "}):
        answer = change(annotator, stored.json()["id"], **headers)
        assert answer.status_code == 428
        assert "If-Match" in answer.json()["detail"]
    assert Annotation.objects.count() == 1


def test_a_star_changes_whatever_stands(annotator, stored):
    pk = stored.json()["id"]
    assert change(annotator, pk, If_Match="*").status_code == 201
    assert change(annotator, pk, NONE, key="again", If_Match="*").status_code == 201
    assert Annotation.objects.count() == 3


@pytest.mark.parametrize(
    "tag", ['W/"{}"', '"0"', '""', '"{}x"', '"x", W/"{}"', '"99999999999999999999999"', '"/{}"']
)
def test_a_weak_or_a_foreign_tag_matches_nothing(annotator, stored, tag):
    pk = stored.json()["id"]
    assert change(annotator, pk, If_Match=tag.format(pk)).status_code == 412
    assert Annotation.objects.count() == 1


@pytest.mark.parametrize(
    "tag", ["{}", '"{}', "'{}'", '"{}" x', '*, "{}"', "\u201c{}\u201d", '"a b"', "x" * 5000, ","]
)
def test_what_is_no_tag_is_400_and_named(annotator, stored, tag):
    pk = stored.json()["id"]
    answer = change(annotator, pk, If_Match=tag.format(pk))
    assert answer.status_code == 400
    assert "Send an ETag as it was given" in answer.json()["If-Match"][0]
    assert Annotation.objects.count() == 1


def test_one_of_several_tags_is_enough(annotator, stored):
    pk = stored.json()["id"]
    assert change(annotator, pk, If_Match=f'"0", "{pk}" ,W/"3"').status_code == 201


def test_the_same_change_again_is_200_although_its_condition_is_over(annotator, stored):
    pk = stored.json()["id"]
    first, again = (change(annotator, pk, If_Match=stored["ETag"]) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert change(annotator, pk, NONE, If_Match=stored["ETag"]).status_code == 422


def test_what_is_another_s_withdrawn_or_nobody_s_is_404_alike(annotator, ada, stored):
    pk = stored.json()["id"]
    other = Programme(UserFactory())
    for programme, number in [(other, pk), (annotator, pk + 1), (annotator, 2**63 - 1), (other, 0)]:
        answer = programme.get(f"annotations/{number}/")
        assert answer.status_code == 404
        assert answer.json() == {"detail": f"No annotation of yours stands at {number}."}
        assert change(programme, number, If_Match="*").json() == answer.json()
    withdraw_last(ada)
    assert annotator.get(f"annotations/{pk}/").status_code == 404
    assert Annotation.objects.count() == 2  # it and its withdrawal


def test_another_person_s_number_does_not_lead_to_one_s_own(annotator, stored):
    """Else one would learn that both have annotated the same grant."""
    QueueItem.objects.update(is_open=True, n_required=2)
    other = Programme(UserFactory())
    theirs = other.submit(other.next().json()["claim"], FIRST).json()["id"]
    assert annotator.get(f"annotations/{theirs}/").status_code == 404


def test_after_the_suggestions_were_shown_a_change_is_a_revision(annotator):
    QueueItem.objects.update(is_blind=True)
    blind = annotator.submit(annotator.next().json()["claim"], NONE)
    pk = blind.json()["id"]
    assert blind.json()["suggestions"]
    first = change(annotator, pk, FIRST, If_Match=blind["ETag"])
    assert first.status_code == 201
    revision = Annotation.objects.as_shown().get()
    assert (revision.pk, revision.revises_id) == (first.json()["id"], pk)
    assert change(annotator, pk, key="late", If_Match=blind["ETag"]).status_code == 412
    assert change(annotator, pk, key="late", If_Match=first["ETag"]).status_code == 201
    assert Annotation.objects.current().get().pk == pk  # what is measured stays
