"""The pages: people, one person, one's own account; what each shows, asks and refuses."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from annotation.models import ApiToken, LoginFailure, PersonSession, User
from annotation.services.people import give_token, user_of_token
from annotation.services.people_admin import deactivate, invite
from tests.factories import AdministratorFactory, UserFactory

pytestmark = pytest.mark.django_db
SECRET = "a long enough secret"
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def boss(client):
    boss = AdministratorFactory(username="boss")
    client.force_login(boss)
    return boss


@pytest.fixture
def ada():
    return UserFactory(username="ada")


@pytest.fixture
def mine(ada):
    client = Client()
    client.force_login(ada)
    client.get("/account/")
    return client


def link_in(answer):
    return re.search(r'value="http://testserver(/welcome/[^"]+/)"', answer.text)[1]


def row_of(answer, name):
    return re.search(rf"<tr>(?:(?!</tr>).)*>{name}</a>.*?</tr>", answer.text, re.DOTALL)[0]


def test_the_list_tells_state_last_sign_in_sessions_and_tokens(client, boss, ada, mine):
    give_token("ada", SECRET, None)
    invite("mei", "annotator", "", boss)
    gone = UserFactory(username="gone")
    deactivate(gone, boss)
    LoginFailure.objects.bulk_create(
        LoginFailure(username="ada", failed_at=timezone.now()) for _ in range(10)
    )
    answer = client.get("/people/")
    assert "Invited" in row_of(answer, "mei") and "Never" in row_of(answer, "mei")
    assert "Deactivated" in row_of(answer, "gone")
    assert "Locked out" in row_of(answer, "ada")
    assert row_of(answer, "ada").count(">1</td>") == 2


def test_the_list_costs_the_same_for_many(client, boss, django_assert_max_num_queries):
    client.get("/people/")
    UserFactory.create_batch(30)
    with django_assert_max_num_queries(11):
        client.get("/people/")


def test_only_administrators_have_it_in_the_menu(client, boss, mine):
    assert 'href="/people/"' in client.get("/account/").text
    assert 'href="/people/"' not in mine.get("/account/").text


def test_an_invitation_shows_its_link_once(client, boss):
    answer = client.post("/people/invite/", {"username": "mei", "role": "annotator"})
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert Client().get(link_in(answer)).status_code == 200
    mei = User.objects.get(username="mei")
    assert "/welcome/" not in client.get(f"/people/{mei.pk}/").text


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "Enter a name"),
        ({"username": "boss"}, "There is a user &#x27;boss&#x27; already"),
        ({"username": "a b"}, "will not do"),
        ({"username": "a\0b"}, "Null characters"),
        ({"username": "x" * 151}, "at most 150"),
        ({"username": "mei", "role": "king"}, "Choose annotator or administrator"),
        ({"username": "mei", "email": "nonsense"}, "That is no e-mail address"),
    ],
)
def test_a_faulty_invitation_is_refused_in_words(client, boss, body, words):
    answer = client.post("/people/invite/", {"role": "annotator"} | body)
    assert answer.status_code == 422
    assert words in answer.text
    assert User.objects.count() == 1


def test_more_fields_than_asked_for_change_nothing_more(client, boss):
    extra = {"is_superuser": "1", "is_staff": "1", "password": "x", "id": "7", "is_active": ""}
    client.post("/people/invite/", {"username": "mei", "role": "annotator"} | extra)
    mei = User.objects.get(username="mei")
    assert (mei.is_staff, mei.is_superuser, mei.is_active) == (False, False, True)
    assert not mei.has_usable_password()


def test_deactivation_says_first_what_will_happen(client, boss, ada, mine):
    give_token("ada", SECRET, None)
    question = client.get(f"/people/{ada.pk}/deactivate/", **HTMX)
    assert "1 open session and 1 API token end at once." in question.text
    assert "Every annotation stays" in question.text
    assert mine.get("/account/").status_code == 200
    done = client.post(f"/people/{ada.pk}/deactivate/", **HTMX)
    assert (done.status_code, done["HX-Redirect"]) == (204, f"/people/{ada.pk}/")
    assert mine.get("/account/").status_code == 302


def test_a_question_counts_only_what_is_open(client, boss, ada):
    for deed in ("deactivate", "role", "reset", "end"):
        question = client.get(f"/people/{ada.pk}/{deed}/", **HTMX).text
        assert "Nothing is open that would end." in question, deed
        assert "0 " not in question
    give_token("ada", SECRET, None)
    assert "1 API token ends at once." in client.get(f"/people/{ada.pk}/reset/", **HTMX).text


def test_without_script_the_question_is_a_page(client, boss, ada):
    page = client.get(f"/people/{ada.pk}/deactivate/").text
    assert "<title>People" in page and "Deactivate ada?" in page
    assert client.post(f"/people/{ada.pk}/deactivate/").status_code == 302


def test_the_last_administrator_is_refused_in_words(client, boss):
    for deed in ("deactivate", "role"):
        answer = client.post(f"/people/{boss.pk}/{deed}/", **HTMX)
        assert answer.status_code == 409
        assert "boss is the last administrator who can sign in" in answer.text


def test_a_role_sent_twice_is_changed_once(client, boss, ada):
    for _ in range(2):
        client.post(f"/people/{ada.pk}/role/", {"value": "administrator"})
    ada.refresh_from_db()
    assert ada.is_administrator
    assert client.post(f"/people/{ada.pk}/role/", {"value": "king"}).status_code == 409


def test_a_reset_shows_a_link_and_throws_out(client, boss, ada, mine):
    answer = client.post(f"/people/{ada.pk}/reset/", **HTMX)
    assert Client().get(link_in(answer)).status_code == 200
    assert mine.get("/account/").status_code == 302
    assert client.post(f"/people/{boss.pk}/reset/", **HTMX).status_code == 409


def test_a_person_s_page_names_sessions_and_never_a_key(client, boss, ada, mine):
    key = give_token("ada", SECRET, None)
    page = client.get(f"/people/{ada.pk}/").text
    session = PersonSession.objects.get(user=ada)
    for secret in (key, session.session_id, ApiToken.objects.get().key_sha256):
        assert secret not in page
    assert "127.0.0.0/24" in page and "127.0.0.1" not in page
    assert "Another browser" in page


def test_a_name_is_only_ever_text(client, boss, ada):
    ada.email = "<b>a@example.org"
    ada.save()
    assert "<b>a@" not in client.get(f"/people/{ada.pk}/").text


def test_an_administrator_ends_everything_of_a_person(client, boss, ada, mine):
    key = give_token("ada", SECRET, None)
    client.post(f"/people/{ada.pk}/end/")
    assert mine.get("/account/").status_code == 302
    assert user_of_token(key) is None


def test_one_s_own_session_is_marked_and_may_be_ended(mine):
    assert mine.get("/account/").text.count("This session") == 1
    session = PersonSession.objects.get()
    assert "the one you are using" in mine.get(f"/sessions/{session.pk}/end/").text
    mine.post(f"/sessions/{session.pk}/end/")
    assert mine.get("/account/").status_code == 302


def test_others_sessions_and_tokens_do_not_exist_for_an_annotator(ada, mine):
    stranger = Client()
    stranger.force_login(UserFactory(username="eve"))
    give_token("ada", SECRET, None)
    session, token = PersonSession.objects.get(user=ada), ApiToken.objects.get()
    for address in (f"/sessions/{session.pk}/end/", f"/tokens/{token.pk}/revoke/"):
        assert stranger.get(address).status_code == 404
        assert stranger.post(address).status_code == 404
    assert mine.get("/account/").status_code == 200


def test_a_token_is_made_with_the_password_and_shown_once(ada, mine):
    answer = mine.post("/account/token/", {"password": SECRET})
    key = re.search(r'id="new-token"[^>]*value="([^"]+)"', answer.text)[1]
    assert user_of_token(key) == ada
    assert key not in mine.get("/account/").text


def test_without_the_password_no_token_is_made(mine):
    for password in ("", "wrong", "x" * 1_001):
        answer = mine.post("/account/token/", {"password": password})
        assert answer.status_code == 422
    assert not ApiToken.objects.exists()


def test_a_token_is_revoked(ada, mine):
    key = give_token("ada", SECRET, None)
    mine.post(f"/tokens/{ApiToken.objects.get().pk}/revoke/")
    assert user_of_token(key) is None


def test_everything_but_this_session_ends(ada, mine):
    other = Client()
    other.force_login(ada)
    other.get("/account/")
    mine.post("/account/end/")
    assert mine.get("/account/").status_code == 200
    assert other.get("/account/").status_code == 302
