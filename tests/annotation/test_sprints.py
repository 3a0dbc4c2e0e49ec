"""Sprints: asked for, filled, decided, taken back; and what they teach."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from annotation.errors import NotAllowed, SprintRefused
from annotation.models import AuditEvent, QueueItem, Sprint, SprintDecision
from annotation.reports.coverage import coverage, examples_of
from annotation.reports.sprint_pairs import sprint_pairs
from annotation.reports.sprints import next_grant, sprint_rows, sprintable, standing
from annotation.services.sprints import (
    Candidate,
    decide,
    end_sprint,
    fail_sprint,
    fill_sprint,
    report_sprint,
    start_sprint,
    take_sprint,
    undo_decision,
)
from tests.annotation.test_adjudication import annotated
from tests.factories import AdministratorFactory, CategoryFactory, GrantFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def grace():
    return AdministratorFactory(username="grace")


@pytest.fixture
def ready(grace):
    """A sprint of three grants for one category."""
    sprint = start_sprint(grace, CategoryFactory(code="SURF", label="Surf lifesaving"))
    grants = GrantFactory.create_batch(3, queued=True)
    taken = take_sprint()
    fill_sprint(taken, [Candidate(g.pk, "model", 0.4, ["patrol"]) for g in grants], None)
    sprint.refresh_from_db()
    return sprint


def browser(user, **headers):
    client = Client(headers=headers)
    client.force_login(user)
    return client


def test_a_sprint_is_asked_for_taken_and_filled_once(ready):
    assert (ready.status, ready.grants.count()) == ("ready", 3)
    assert take_sprint() is None


def test_an_open_sprint_of_a_category_comes_again(grace):
    category = CategoryFactory()
    assert start_sprint(grace, category) == start_sprint(AdministratorFactory(), category)
    with pytest.raises(IntegrityError, match="category"), transaction.atomic():
        Sprint.objects.create(category=category, started_by=grace)


def test_only_administrators_start_and_end(ready):
    with pytest.raises(NotAllowed):
        start_sprint(UserFactory(), CategoryFactory())
    with pytest.raises(NotAllowed):
        end_sprint(UserFactory(), ready)


@pytest.mark.parametrize("n", [0, 201])
def test_a_senseless_number_is_refused(grace, n):
    with pytest.raises(SprintRefused, match=f"not {n}"):
        start_sprint(grace, CategoryFactory(), n)


def test_a_retired_category_has_no_sprint(grace):
    with pytest.raises(SprintRefused, match="retired"):
        start_sprint(grace, CategoryFactory(retired_at=timezone.now()))


def test_a_sprint_whose_worker_died_is_taken_again_and_the_old_worker_may_not_write(grace):
    start_sprint(grace, CategoryFactory())
    dead = take_sprint()
    assert take_sprint() is None
    Sprint.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=3))
    alive = take_sprint()
    assert alive.attempt == dead.attempt + 1
    with pytest.raises(SprintRefused):
        report_sprint(dead, 0.5)
    with pytest.raises(SprintRefused):
        fill_sprint(dead, [], None)
    fill_sprint(alive, [], None)


def test_a_sprint_that_is_ended_while_it_is_filled_stays_ended(grace):
    sprint = start_sprint(grace, CategoryFactory())
    taken = take_sprint()
    end_sprint(grace, sprint)
    with pytest.raises(SprintRefused, match="was ended"):
        fill_sprint(taken, [Candidate(GrantFactory().pk, "model", 0.4, [])], None)
    assert (Sprint.objects.get().status, sprint.grants.count()) == ("ended", 0)


def test_a_failure_is_kept_in_words_and_frees_the_category(grace):
    sprint = start_sprint(grace, category := CategoryFactory())
    fail_sprint(take_sprint(), ValueError("no such column"))
    sprint.refresh_from_db()
    assert (sprint.status, sprint.error) == ("failed", "ValueError: no such column")
    assert start_sprint(grace, category) != sprint


def test_a_decision_counts_and_the_queue_stays_as_it_was(ready, grace):
    before = list(QueueItem.objects.values())
    first = next_grant(ready, grace)
    decide(grace, first, "yes", seconds=6)
    assert list(QueueItem.objects.values()) == before
    stands = standing(ready)
    assert (stands.yes, stands.n_decided, stands.seconds_each) == (1, 1, 6)
    assert stands.seconds_left == 12
    assert next_grant(ready, grace) != first
    assert sprint_pairs() == {(first.grant_id, ready.category_id): True}
    assert examples_of(ready.category) == coverage().facets[0].rows[0].examples == 1


def test_the_same_key_twice_is_one_decision_and_another_supersedes(ready, grace):
    asked = next_grant(ready, grace)
    assert decide(grace, asked, "yes") == decide(grace, asked, "yes")
    decide(grace, asked, "no")
    assert SprintDecision.objects.count() == 2
    assert sprint_pairs() == {(asked.grant_id, ready.category_id): False}


def test_unsure_says_nothing(ready, grace):
    decide(grace, next_grant(ready, grace), "unsure")
    assert sprint_pairs() == {}
    assert standing(ready).unsure == 1


def test_undo_takes_back_the_newest_and_asks_again(ready, grace):
    first = next_grant(ready, grace)
    decide(grace, first, "yes")
    second = next_grant(ready, grace)
    decide(grace, second, "no")
    assert undo_decision(grace, ready) == second
    assert undo_decision(grace, ready) == first
    with pytest.raises(SprintRefused, match="nothing here"):
        undo_decision(grace, ready)
    assert (SprintDecision.objects.count(), sprint_pairs()) == (4, {})
    assert next_grant(ready, grace) == first
    decide(grace, first, "no")
    assert sprint_pairs() == {(first.grant_id, ready.category_id): False}


def test_a_decision_never_changes(ready, grace):
    decision = decide(grace, next_grant(ready, grace), "yes")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        SprintDecision.objects.filter(pk=decision.pk).update(verdict="no")


def test_a_whole_annotation_of_the_facet_counts_before_a_sprint(ready, grace):
    asked = next_grant(ready, grace)
    decide(grace, asked, "yes")
    other = CategoryFactory(facet=ready.category.facet)
    annotated(asked.grant, UserFactory(), [other])
    assert sprint_pairs() == {}


def test_only_waiting_pool_grants_that_are_open_for_the_category_are_asked_about(ready, grace):
    category = ready.category
    decide(grace, next_grant(ready, grace), "no")
    audit = GrantFactory(queued=True, stream="audit")
    empty = GrantFactory(queued=True, title="", description="")
    answered = GrantFactory(queued=True)
    annotated(answered, UserFactory(), [category])
    found = set(sprintable(category))
    assert len(found) == 2
    assert not found & {audit, empty, answered}


def test_what_was_annotated_or_became_blind_since_is_not_asked_about(ready, grace):
    annotated(next_grant(ready, grace).grant, UserFactory(), [ready.category])
    QueueItem.objects.filter(grant=next_grant(ready, grace).grant).update(is_blind=True)
    asked = next_grant(ready, grace)
    decide(grace, asked, "yes")
    assert next_grant(ready, grace) is None


def test_after_the_end_nothing_is_decided_and_nothing_lost(ready, grace):
    asked = next_grant(ready, grace)
    decide(grace, asked, "yes")
    end_sprint(grace, ready)
    asked.sprint.refresh_from_db()
    with pytest.raises(SprintRefused, match="over"):
        decide(grace, asked, "no")
    assert len(sprint_pairs()) == 1
    assert AuditEvent.objects.filter(action="sprint ended").count() == 1


def test_pages_of_every_state(ready, grace):
    client, htmx = browser(grace), browser(grace, hx_request="true")
    assert b"Grant 1 of 3" in client.get(f"/sprints/{ready.pk}/").content
    for _ in range(3):
        asked = next_grant(ready, grace)
        page = htmx.post(
            f"/sprints/{ready.pk}/decide/", {"grant": asked.pk, "verdict": "yes", "seconds": 4}
        )
    assert b"All 3 are decided" in page.content and b"<html" not in page.content
    assert sprint_rows()[0].n_yes == sprint_rows()[0].n_decided == 3
    assert client.post(f"/sprints/{ready.pk}/end/").url == "/sprints/"
    assert b"This sprint is ended" in client.get(f"/sprints/{ready.pk}/").content
    assert b"Surf lifesaving" in client.get("/sprints/").content
    waiting = start_sprint(grace, CategoryFactory())
    assert b"Waiting for its grants" in client.get(f"/sprints/{waiting.pk}/").content
    fail_sprint(take_sprint(), ValueError("broken"))
    assert b"ValueError: broken" in client.get(f"/sprints/{waiting.pk}/").content


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"category": "Moon"}, "No category has the code or the label &#x27;Moon&#x27;"),
        ({"category": ""}, "Name a category"),
        ({"category": "SURF", "n_wanted": "201"}, "Enter a number from 1 to 200."),
        ({"category": "SURF\0"}, "Null characters"),
    ],
)
def test_a_start_that_cannot_be_is_explained(ready, grace, given, said):
    page = browser(grace).post("/sprints/start/", given)
    assert page.status_code == 422
    assert said in page.content.decode()


def test_another_sprints_grant_is_not_decided_here(ready, grace):
    other = start_sprint(grace, CategoryFactory())
    asked = next_grant(ready, grace)
    page = browser(grace).post(f"/sprints/{other.pk}/decide/", {"grant": asked.pk, "verdict": "no"})
    assert page.status_code == 404
