"""The tour: offered at the first sign-in, ended or skipped once, and never lost to a browser."""

import pytest
from django.test import Client

from annotation.models import User
from annotation.services.people import add_user, note_tour_seen
from tests.factories import AdministratorFactory, CategoryFactory, GrantFactory, UserFactory

pytestmark = pytest.mark.django_db
SECRET = "a long enough secret"
CONTENT = {
    (True, "demonstration"): "<b>remove it</b> by the button in the yellow line",
    (True, "nothing"): "Import your taxonomy first",
    (True, "taxonomy"): "Import your grants",
    (True, "everything"): "on <b>People</b>",
    (False, "nothing"): "still has to import the taxonomy and the grants",
    (False, "taxonomy"): "still has to import the grants",
    (False, "everything"): "The first grant is waiting",
}


def sign_in(name, password=SECRET, to="/"):
    client = Client()
    answer = client.post(f"/sign-in/?next={to}", {"username": name, "password": password})
    return client, answer["Location"]


def new(**facts):
    return UserFactory(username="mei", tour_seen_at=None, **facts)


def test_the_first_sign_in_leads_to_the_tour_and_its_end_is_remembered():
    new()
    client, address = sign_in("mei")
    assert address == "/tour/"
    assert "The tour, 1 of 3" in client.get(address).content.decode()
    assert client.post("/tour/", {"end": "annotate"})["Location"] == "/"
    assert sign_in("mei")[1] == "/"


def test_who_only_looks_at_the_tour_is_offered_it_again():
    new()
    client, _ = sign_in("mei")
    for step in (1, 2, 3):
        client.get(f"/tour/?step={step}")
    assert User.objects.get().tour_seen_at is None
    assert sign_in("mei")[1] == "/tour/"


def test_a_one_time_password_comes_before_the_tour():
    _, one_time = add_user("admin", "administrator")
    client, address = sign_in("admin", one_time)
    assert address == "/"
    assert client.get("/")["Location"] == "/password/"
    own = {"new_password1": "my own long words", "new_password2": "my own long words"}
    assert client.post("/password/", own)["Location"] == "/tour/"


def test_who_was_on_the_way_to_another_page_gets_that_page():
    new()
    assert sign_in("mei", to="/grants/")[1] == "/grants/"


def test_the_tour_may_be_taken_again():
    person = new()
    note_tour_seen(person)
    seen = User.objects.get().tour_seen_at
    client, _ = sign_in("mei")
    assert client.get("/tour/").status_code == 200
    client.post("/tour/")
    assert User.objects.get().tour_seen_at == seen


@pytest.mark.parametrize(
    ("end", "address"),
    [("annotate", "/"), ("help", "/help/"), ("https://elsewhere.example", "/"), ("", "/")],
)
def test_the_tour_ends_on_a_page_of_ours(end, address):
    client = Client()
    client.force_login(new())
    assert client.post("/tour/", {"end": end})["Location"] == address


@pytest.mark.parametrize("step", ["0", "4", "-1", "x", "", "²", "1" * 5000])
def test_a_step_that_there_is_not_is_the_first(step):
    client = Client()
    client.force_login(new())
    assert "1 of 3" in client.get("/tour/", {"step": step}).content.decode()


@pytest.mark.parametrize(("is_administrator", "world"), CONTENT)
def test_the_last_page_says_what_comes_first_here(is_administrator, world):
    if world != "nothing":
        category = CategoryFactory()
        category.taxonomy.is_demonstration = world == "demonstration"
        category.taxonomy.save()
    if world in ("everything", "demonstration"):
        GrantFactory(queued=True)
    client = Client()
    client.force_login(AdministratorFactory() if is_administrator else UserFactory())
    html = client.get("/tour/?step=3").content.decode()
    assert CONTENT[is_administrator, world] in html
    if not is_administrator:
        assert 'value="imports"' not in html
