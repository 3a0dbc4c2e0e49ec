"""Plants while several requests come at once: in threads, outside of a test's transaction."""

from functools import partial

import pytest

from annotation.errors import ClaimLost
from annotation.models import Annotation, Plant, PlantReply, QueueItem
from annotation.services import desk
from tests.annotation import planted
from tests.annotation.test_concurrency import at_once
from tests.factories import GrantFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def due():
    """One settled grant, and two people who are both due."""
    planted.on()
    planted.settled(planted.tree())
    people = UserFactory.create_batch(2)
    for person in people:
        planted.worked(person)
    GrantFactory.create_batch(4, queued=True)
    return people


def test_two_people_have_one_settled_grant_at_once_and_both_are_stored(due):
    claims = at_once(desk.claim_next, due)
    assert len({claim.grant for claim in claims}) == 1
    assert len({claim.token for claim in claims}) == 2
    before = Annotation.objects.count()
    replies = at_once(lambda pair: planted.reply(*pair), zip(due, claims, strict=True))
    assert {reply.plant.annotator for reply in replies} == set(due)
    assert PlantReply.objects.measured().count() == 2
    assert Annotation.objects.count() == before


def test_four_requests_of_one_person_plant_once(due):
    claims = at_once(lambda _: desk.claim_next(due[0]), range(4))
    assert len({claim.token for claim in claims}) == 1
    assert Plant.objects.count() == 1
    assert not QueueItem.objects.exclude(claim=None).exists()


def test_an_answer_sent_four_times_at_once_is_stored_once(due):
    claim = planted.handed(due[0])
    replies = at_once(lambda _: planted.reply(due[0], claim, key="one"), range(4))
    assert len(set(replies)) == 1


def test_of_answers_with_keys_of_their_own_one_is_stored(due):
    claim = planted.handed(due[0])
    send = partial(planted.reply, due[0], claim, "accepted")
    results = at_once(send, ["a", "b", "c"])
    assert results.count(ClaimLost) == 2
    assert PlantReply.objects.count() == 1


def test_undo_and_answer_at_once_leave_one_chain(due):
    person = due[0]
    stored = planted.reply(person, planted.handed(person))
    undone = at_once(lambda key: desk.take_back(person, idempotency_key=key), ["u", "u"])
    assert len({reopened.claim.token for reopened in undone}) == 1
    deeds = [
        lambda: planted.reply(person, undone[0].claim, "left"),
        lambda: desk.skip(person, undone[0].claim.token, "other", undone[0].claim.grant.reference),
    ]
    results = at_once(lambda deed: deed(), deeds)
    assert results.count(ClaimLost) == 1
    assert PlantReply.objects.standing().count() == 1
    assert PlantReply.objects.filter(supersedes=None).get() == stored
