"""Signing out gives grants back, unless the person is at work somewhere else."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from annotation.models import ApiToken, PersonSession, QueueItem
from annotation.services.queue import claim_next_grant
from tests.factories import FacetFactory, GrantFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def annotator():
    FacetFactory()
    GrantFactory.create_batch(3, queued=True)
    return UserFactory()


def at_work(annotator):
    """A browser in which the annotator has opened a grant."""
    client = Client()
    client.force_login(annotator)
    assert client.get("/").status_code == 200
    return client


def held(annotator):
    return QueueItem.objects.filter(claimed_by=annotator).count()


def test_signing_out_gives_every_grant_back(annotator):
    client = at_work(annotator)
    claim_next_grant(annotator, set(QueueItem.objects.values_list("claim", flat=True)))
    assert held(annotator) == 2
    answer = client.post("/sign-out/", follow=True)
    assert held(annotator) == 0
    assert "You gave back 2 grants." in answer.content.decode()
    assert claim_next_grant(UserFactory())


def test_a_claim_that_ran_out_is_given_back_as_well(annotator):
    client = at_work(annotator)
    QueueItem.objects.exclude(claim=None).update(claimed_until=timezone.now())
    client.post("/sign-out/")
    assert held(annotator) == 0


def test_nothing_is_said_of_grants_where_none_was_held(annotator):
    client = Client()
    client.force_login(annotator)
    answer = client.post("/sign-out/", follow=True)
    assert "You are signed out.<" in answer.content.decode()


def test_who_is_at_work_in_another_browser_keeps_the_grants(annotator):
    at_work(annotator)
    second = at_work(annotator)
    second.post("/sign-out/")
    assert held(annotator) == 1


def test_a_browser_left_long_ago_keeps_nothing(annotator):
    at_work(annotator)
    PersonSession.objects.update(seen_at=timezone.now() - timedelta(hours=2))
    at_work(annotator).post("/sign-out/")
    assert held(annotator) == 0


def test_who_is_at_work_by_a_program_keeps_the_grants(annotator):
    now = timezone.now()
    ApiToken.objects.create(
        user=annotator,
        key_sha256="0" * 64,
        auth_hash=annotator.get_session_auth_hash(),
        expires_at=now + timedelta(days=1),
        last_used_at=now,
    )
    at_work(annotator).post("/sign-out/")
    assert held(annotator) == 1


def test_another_persons_grants_stay_theirs(annotator):
    other = UserFactory()
    claim_next_grant(other)
    at_work(annotator).post("/sign-out/")
    assert (held(annotator), held(other)) == (0, 1)
