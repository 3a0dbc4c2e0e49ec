"""The JSON API as a programme meets it: claim, submit, give back, with real keys and requests."""

import uuid

import pytest
from django.utils.dateparse import parse_datetime

from annotation.models import Annotation, Facet, QueueItem
from tests.annotation.programme import Programme
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    FacetFactory,
    GrantFactory,
    SuggestionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
ANSWER = {"subject": {"outcome": "labelled", "accepted": ["SPORT"], "rejected": ["ARTS"]}}


@pytest.fixture(autouse=True)
def a_facet():
    """Without one nothing is handed out."""
    return FacetFactory()


@pytest.fixture(autouse=True)
def facet():
    return FacetFactory()


@pytest.fixture
def annotator():
    return Programme(UserFactory(username="ada"))


@pytest.fixture
def administrator():
    return Programme(AdministratorFactory())


@pytest.fixture
def shown(facet):
    """ARTS and SPORT are suggested for one waiting grant; YOUTH exists."""
    top = CategoryFactory(facet=facet, code="TOP", label="Top")
    grant = GrantFactory(queued=True, amount_awarded="1250.50", currency="AUD")
    for code, score in (("ARTS", 0.9), ("SPORT", 0.4)):
        category = CategoryFactory(facet=facet, code=code, broader=top)
        SuggestionFactory(
            grant=grant, category=category, score=score, is_ticked=score > 0.5, evidence=["bibs"]
        )
    CategoryFactory(facet=facet, code="YOUTH")
    return grant


def test_next_gives_a_grant_with_its_facets_and_suggestions(annotator, shown):
    answer = annotator.next()
    assert answer.status_code == 200
    body = answer.json()
    assert uuid.UUID(body["claim"]) == QueueItem.objects.get().claim
    assert body["grant"]["reference"] == shown.reference
    assert (body["grant"]["title"], body["grant"]["description"]) == (
        shown.title,
        shown.description,
    )
    assert body["grant"]["amount_awarded"] == "1250.50"
    assert body["facets"] == [{"facet": "subject", "label": "Subject", "required": False}]
    assert body["suggestions"][0] == {
        "facet": "subject",
        "category": "ARTS",
        "label": "Category ARTS",
        "path": ["Top"],
        "score": 0.9,
        "evidence": ["bibs"],
        "ticked": True,
        "needs_person": False,
        "lexical": False,
    }
    assert [s["ticked"] for s in body["suggestions"]] == [True, False]
    assert not body["blind"]


def test_without_a_taxonomy_there_is_nothing_to_do(annotator, facet):
    GrantFactory(queued=True)
    facet.delete()
    assert annotator.next().status_code == 204
    assert QueueItem.objects.get().claim is None


def test_an_empty_queue_is_204(annotator):
    answer = annotator.next()
    assert (answer.status_code, answer.content) == (204, b"")


def test_a_blind_grant_comes_without_suggestions(annotator):
    grant = GrantFactory(stream="audit", queued=True)
    SuggestionFactory(grant=grant)
    QueueItem.objects.update(reason="The model is least sure between Camps and Sport.")
    body = annotator.next().json()
    assert (body["blind"], body["suggestions"], body["reason"]) == (True, [], "")


def test_an_open_claim_comes_again_and_besides_brings_another(annotator):
    GrantFactory.create_batch(2, queued=True)
    first = annotator.next().json()["claim"]
    assert annotator.next().json()["claim"] == first
    assert annotator.next(first).json()["claim"] != first


def test_a_fifth_open_claim_is_409(annotator):
    GrantFactory.create_batch(5, queued=True)
    held = []
    for _ in range(4):
        held.append(annotator.next(*held).json()["claim"])
    answer = annotator.next(*held)
    assert answer.status_code == 409
    assert answer.json()["detail"].startswith("You hold 4 grants")


def test_a_released_claim_goes_to_the_next_who_asks(annotator, administrator):
    GrantFactory(queued=True)
    claim = annotator.next().json()["claim"]
    assert administrator.next().status_code == 204
    assert annotator.post("queue/release/", {"claim": claim}).status_code == 204
    assert administrator.next().status_code == 200


def test_releasing_what_one_does_not_hold_changes_nothing(annotator, administrator):
    GrantFactory(queued=True)
    claim = annotator.next().json()["claim"]
    assert administrator.post("queue/release/", {"claim": claim}).status_code == 204
    assert str(QueueItem.objects.get().claim) == claim


def test_a_submit_is_201_and_stored(annotator, shown):
    answer = annotator.submit(annotator.next().json()["claim"], ANSWER, seconds=12)
    assert answer.status_code == 201
    stored = Annotation.objects.get()
    assert answer.json()["id"] == stored.pk
    assert parse_datetime(answer.json()["submitted_at"]) == stored.submitted_at
    assert (stored.seconds, stored.annotator.username) == (12, "ada")
    verdicts = {d.category.code: d.verdict for d in stored.decisions.all()}
    assert verdicts == {"SPORT": "accepted", "ARTS": "rejected"}


def test_a_shown_category_in_no_list_is_left_and_an_unnamed_facet_unanswered(annotator, shown):
    annotator.submit(annotator.next().json()["claim"], {})
    stored = Annotation.objects.get()
    assert set(stored.decisions.values_list("verdict", flat=True)) == {"left"}
    assert not stored.outcomes.exists()


@pytest.mark.parametrize("outcome", [{}, {"outcome": None}])
def test_without_an_outcome_the_rejections_are_stored(annotator, shown, outcome):
    facets = {"subject": {"rejected": ["ARTS"]} | outcome}
    assert annotator.submit(annotator.next().json()["claim"], facets).status_code == 201
    assert Annotation.objects.get().decisions.get(verdict="rejected").category.code == "ARTS"


def test_labelled_with_nothing_chosen_is_400(annotator, shown):
    answer = annotator.submit(
        annotator.next().json()["claim"], {"subject": {"outcome": "labelled"}}
    )
    assert answer.status_code == 400
    assert "no category is accepted or added" in answer.json()["detail"]
    assert not Annotation.objects.exists()


def test_no_facets_at_all_is_400_only_when_one_is_required(annotator, shown):
    Facet.objects.update(is_required=True)
    claim = annotator.next().json()["claim"]
    answer = annotator.submit(claim, {})
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("Subject needs an outcome")
    assert annotator.submit(claim, ANSWER).status_code == 201


def test_the_same_answer_again_is_200_and_the_same(annotator, shown):
    claim = annotator.next().json()["claim"]
    first, again = (annotator.submit(claim, ANSWER) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()


def test_the_same_key_with_another_answer_is_422(annotator, shown):
    claim = annotator.next().json()["claim"]
    annotator.submit(claim, ANSWER)
    answer = annotator.submit(claim, {})
    assert answer.status_code == 422
    assert "was used for another annotation" in answer.json()["detail"]
    assert Annotation.objects.count() == 1


def test_a_lost_claim_is_409(annotator, administrator, shown):
    claim = annotator.next().json()["claim"]
    annotator.post("queue/release/", {"claim": claim})
    administrator.next()
    answer = annotator.submit(claim, ANSWER)
    assert answer.status_code == 409
    assert answer.json()["detail"] == (
        "Your claim on this grant is gone. Open the next grant to go on."
    )


def besides_savepoints(queries):
    return [q["sql"] for q in queries if "SAVEPOINT" not in q["sql"]]


def test_next_costs_six_queries_besides_key_and_settings(annotator, django_assert_max_num_queries):
    grant = GrantFactory(queued=True)
    for _ in range(10):
        SuggestionFactory(grant=grant, category=CategoryFactory())
    annotator.client.get("/api/v1/categories/")  # the first use of a key is noted
    with django_assert_max_num_queries(20) as queries:
        assert len(annotator.next().json()["suggestions"]) == 10
    assert len(besides_savepoints(queries)) <= 8


def test_a_submit_costs_twelve_queries_thirteen_for_the_figures_and_one_for_the_key(
    annotator, shown, django_assert_max_num_queries
):
    claim = annotator.next().json()["claim"]
    with django_assert_max_num_queries(20 + 13) as queries:
        assert annotator.submit(claim, ANSWER).status_code == 201
    assert len(besides_savepoints(queries)) <= 13 + 13


def test_what_a_programme_did_not_show_is_no_decision(annotator, shown):
    claim = annotator.next().json()["claim"]
    chosen = {"subject": {"outcome": "labelled", "accepted": ["SPORT"]}}
    assert annotator.submit(claim, chosen, unseen=["ARTS"]).status_code == 201
    decisions = Annotation.objects.get().decisions.values_list("category__code", "verdict")
    assert list(decisions) == [("SPORT", "accepted")]


def test_an_answer_without_suggestions_can_be_revised_once_they_are_shown(annotator, shown):
    QueueItem.objects.update(is_blind=True)
    claim = annotator.next().json()
    assert claim["suggestions"] == []
    own = {"subject": {"outcome": "none_fits"}}
    stored = annotator.submit(claim["claim"], own).json()
    assert [(s["category"], s["ticked"]) for s in stored["suggestions"]] == [
        ("ARTS", False),
        ("SPORT", False),
    ]
    path = f"annotations/{stored['id']}/revision/"
    seen = f'"{stored["id"]}"'

    def revise(programme, key, **headers):
        return programme.post(path, {"facets": ANSWER}, idempotency_key=key, **headers)

    assert revise(annotator, "revision").status_code == 428
    for status in (201, 200):
        answer = revise(annotator, "revision", if_match=seen)
        assert (answer.status_code, answer.json()["suggestions"]) == (status, [])
    blind = Annotation.objects.current().get()
    assert (blind.pk, Annotation.objects.as_shown().get().revises) == (stored["id"], blind)
    assert revise(annotator, "another", if_match=seen).status_code == 412
    assert revise(annotator, "another", if_match=answer["ETag"]).status_code == 201
    assert revise(Programme(UserFactory()), "theirs", if_match="*").status_code == 409


def test_what_was_made_with_suggestions_reveals_none(annotator, shown):
    claim = annotator.next().json()["claim"]
    assert annotator.submit(claim, ANSWER).json()["suggestions"] == []
