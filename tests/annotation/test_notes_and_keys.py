"""Flags, comments and keys of one's own."""

import json

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from annotation.errors import KeysRefused
from annotation.models import KeyChoice, Note
from annotation.services.key_choices import USUAL, choose_keys, keys_of
from annotation.services.notes import comment, set_flag
from tests.factories import GrantFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    return UserFactory()


@pytest.fixture
def browser(person):
    client = Client()
    client.force_login(person)
    return client


def test_a_flag_is_raised_once_and_taken_down(person):
    grant = GrantFactory()
    for _ in range(2):
        set_flag(person, grant, True)
    assert Note.objects.get().kind == "flag"
    set_flag(person, grant, False)
    assert not Note.objects.exists()


def test_a_comment_that_is_sent_again_stands_once(person):
    grant = GrantFactory()
    first = comment(person, grant, "Who ran this?")
    assert comment(person, grant, "Who ran this?") == first
    assert comment(UserFactory(), grant, "Who ran this?") != first
    assert comment(person, grant, "And when?") != first
    assert Note.objects.count() == 3


def test_each_person_has_a_flag_of_their_own(person):
    grant = GrantFactory()
    set_flag(person, grant, True)
    set_flag(UserFactory(), grant, True)
    set_flag(person, grant, False)
    assert Note.objects.count() == 1


def test_a_comment_without_text_is_refused_by_the_database(person):
    with pytest.raises(IntegrityError), transaction.atomic():
        comment(person, GrantFactory(), "")


def test_the_page_stores_flags_and_comments(browser, person):
    grant = GrantFactory(queued=True)
    address = f"/grants/{grant.pk}/notes/"
    assert b"Flagged" in browser.post(address, {"flag": "true"}).content
    html = browser.post(address, {"comment": "Two <b>programs</b>"}).content.decode()
    assert "Two &lt;b&gt;programs&lt;/b&gt;" in html
    assert b"Flagged" not in browser.post(address, {"flag": "false"}).content
    assert browser.post(address, {"comment": " "}).status_code == 422
    assert browser.post(address, {"comment": "x" * 2_001}).status_code == 422
    assert Note.objects.get().author == person


def test_notes_stand_on_the_grant_s_page(browser, person):
    grant = GrantFactory()
    comment(UserFactory(username="bob"), grant, "Ask the program team")
    set_flag(UserFactory(username="eve"), grant, True)
    html = browser.get(f"/grants/{grant.pk}/").content.decode()
    assert "Ask the program team" in html and "bob" in html
    assert "flagged it" in html and "eve" in html


def test_others_notes_stay_hidden_while_a_grant_is_to_be_decided_blind(browser):
    grant = GrantFactory(queued=True, stream="audit")
    comment(UserFactory(), grant, "Clearly about sport")
    assert b"Clearly about sport" not in browser.get(f"/grants/{grant.pk}/").content
    assert b"Clearly about sport" not in browser.get("/").content


def test_keys_are_each_person_s_own(person):
    assert keys_of(person) == USUAL
    assert choose_keys(person, {"undo": "Z", "tree": "u"})["undo"] == "z"
    assert keys_of(person) == USUAL | {"undo": "z", "tree": "u"}
    assert keys_of(UserFactory()) == USUAL
    choose_keys(person, {})
    assert keys_of(person) == USUAL
    assert not KeyChoice.objects.exists()


def test_every_key_can_be_another(person):
    own = {
        **{"save": "F2", "cycle": "Delete", "numbers": "QWEASDZRV", "undo_also": "Home"},
        **{"up": "i", "down": "k", "left": "j", "right": "l"},
        **{"add": "1", "tree": "2", "parent": "3", "undo": "4", "skip": "5", "park": "6"},
        **{"flag": "7", "comment": "8", "none_fits": "9", "not_enough_text": "0"},
        **{"general_public": "Enter", "help": "Space"},
    }
    assert own.keys() == USUAL.keys()
    assert choose_keys(person, own) == own | {"numbers": "qweasdzrv"}
    assert keys_of(person) == own | {"numbers": "qweasdzrv"}


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"undo": "t"}, "'t' would do two things: “Browse the tree” and “Undo"),
        ({"undo": "1"}, "'1' would do two things: “Tick, reject, undecide"),
        ({"undo": "Enter"}, "'Enter' would do two things: “Save and open"),
        ({"numbers": "qwertyasd"}, "'t' would do two things"),
        ({"numbers": "123456788"}, "'8' would do two things"),
        ({"numbers": "12345678"}, "nine letters or digits"),
        ({"numbers": "12345678!"}, "nine letters or digits"),
        ({"numbers": "Enter"}, "nine letters or digits"),
        ({"undo": " "}, "Take one letter"),
        ({"undo": "ab"}, "Take one letter"),
        ({"undo": ""}, "Take one letter"),
        ({"undo": "Tab"}, "Take one letter"),
        ({"undo": "Escape"}, "Take one letter"),
        ({"undo": "F5"}, "Take one letter"),
        ({"nonsense": "q"}, "no deed 'nonsense'"),
    ],
)
def test_keys_that_cannot_be_told_apart_are_refused(person, keys, words):
    choose_keys(person, {"flag": "q"})
    with pytest.raises(KeysRefused, match=words):
        choose_keys(person, keys)
    assert keys_of(person)["flag"] == "q"


def test_the_page_answers_with_every_key_or_says_what_is_wrong(browser, person):
    answer = browser.post("/account/keys/", {"keys": json.dumps({"undo": "z"})})
    assert answer.json() == USUAL | {"undo": "z"}
    assert (
        "two things" in browser.post("/account/keys/", {"keys": '{"undo": "t"}'}).content.decode()
    )
    for keys in ("", "[]", '{"undo": 1}', "{"):
        assert browser.post("/account/keys/", {"keys": keys}).status_code == 422
    assert keys_of(person)["undo"] == "z"


def test_a_key_does_one_thing_in_the_database_as_well(person):
    KeyChoice.objects.create(user=person, deed="undo", key="z")
    with pytest.raises(IntegrityError), transaction.atomic():
        KeyChoice.objects.create(user=person, deed="tree", key="z")
