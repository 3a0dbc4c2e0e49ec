"""The door after many failures: the same words, the same status, the same work."""

import pytest
from django.contrib.auth import hashers
from django.utils import timezone

from annotation.models import LoginFailure
from annotation.services.people import REFUSED
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
SECRET = "a long enough secret"
CASES = [
    ("nobody", SECRET),
    ("ada", "wrong"),
    ("gone", SECRET),
    ("invited", SECRET),
    ("locked", SECRET),
    ("locked", "wrong"),
    ("locked-nobody", "wrong"),
]


@pytest.fixture
def people():
    UserFactory(username="ada")
    UserFactory(username="locked")
    UserFactory(username="gone", is_active=False)
    invited = UserFactory(username="invited")
    invited.set_unusable_password()
    invited.save()
    for name in ("locked", "locked-nobody"):
        LoginFailure.objects.bulk_create(
            LoginFailure(username=name, failed_at=timezone.now()) for _ in range(10)
        )


def sign_in(client, name, password):
    return client.post("/sign-in/", {"username": name, "password": password})


def test_every_refusal_has_the_same_words_and_status(client, people):
    answers = set()
    for name, password in CASES:
        answer = sign_in(client, name, password)
        without_name = answer.text.replace(name, "NAME")
        answers.add((answer.status_code, REFUSED in answer.text, len(without_name)))
    assert len(answers) == 1
    assert next(iter(answers))[:2] == (422, True)


@pytest.mark.parametrize(("name", "password"), CASES)
def test_every_refusal_computes_one_password_hash(client, people, monkeypatch, name, password):
    hasher = hashers.get_hasher().__class__
    encode, computed = hasher.encode, []

    def counted(self, *arguments, **options):
        computed.append(arguments)
        return encode(self, *arguments, **options)

    monkeypatch.setattr(hasher, "encode", counted)
    sign_in(client, name, password)
    assert len(computed) == 1


def test_a_success_computes_one_as_well(client, people):
    assert sign_in(client, "ada", SECRET).status_code == 302


def test_an_address_that_failed_too_often_hears_the_same(client, people, settings):
    settings.SIGN_IN_FAILURES_OF_AN_ADDRESS = 3
    first = sign_in(client, "a", "wrong")
    for n in range(2):
        sign_in(client, f"guess{n}", "wrong")
    locked = sign_in(client, "ada", SECRET)
    assert (locked.status_code, REFUSED in locked.text) == (first.status_code, True)
    assert sign_in_from(client, "198.51.100.7").status_code == 302


def sign_in_from(client, address):
    body = {"username": "ada", "password": SECRET}
    return client.post("/sign-in/", body, REMOTE_ADDR=address)


def test_tries_at_a_locked_door_do_not_keep_it_locked(client, people):
    before = LoginFailure.objects.count()
    sign_in(client, "locked", "wrong")
    assert LoginFailure.objects.count() == before


def test_window_and_limits_are_settings(client, people, settings):
    settings.SIGN_IN_FAILURES_OF_A_NAME = 11
    assert sign_in(client, "locked", SECRET).status_code == 302
