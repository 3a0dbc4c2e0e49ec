"""Each refusal and fault, brought about for real: a page, a part of one, or JSON."""

import io
import json
import logging
import os
import sqlite3
import subprocess
import sys
from html.parser import HTMLParser

import psycopg2
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection
from django.test import Client

from annotation.database_faults import is_busy, is_outage
from annotation.models import OneTimeLink
from annotation.services.people_links import make_link
from annotation.views.error_words import BUSY, STALE, WORDS
from classie_site.request_log import RequestLines
from tests.annotation.broken_urls import FAULTS
from tests.factories import AdministratorFactory, UserFactory

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def signed_in(user=None, **options):
    client = Client(raise_request_exception=False, **options)
    client.force_login(user or UserFactory())
    return client


def said(answer):
    """What a page says to its reader, as text."""
    parser = Text()
    parser.feed(answer.content.decode())
    return " ".join("".join(parser.found).split())


class Text(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_data(self, data):
        self.found.append(data)


def is_whole_page(answer):
    return answer.content.startswith(b"<!doctype html>") and b"css/tokens" in answer.content


@pytest.mark.parametrize("path", ["/no-such-page/", "/grants/999999/", "/versions/9/stop/"])
def test_404_names_a_way_on(path):
    answer = signed_in(AdministratorFactory()).get(path)
    assert answer.status_code == 404 and is_whole_page(answer)
    assert WORDS[404].text in said(answer)
    assert b'href="/help/"' in answer.content


def test_a_stranger_is_shown_the_sign_in_and_no_more():
    answer = Client().get("/no-such-page/")
    assert answer.status_code == 404
    assert "Sign in" in said(answer)
    assert b'href="/grants/"' not in answer.content


def test_403_says_whose_it_is():
    answer = signed_in().get("/people/")
    assert answer.status_code == 403 and is_whole_page(answer)
    assert WORDS[403].text in said(answer)


def test_403_says_when_a_page_is_out_of_date():
    client = signed_in(enforce_csrf_checks=True)
    answer = client.post("/sign-out/")
    assert answer.status_code == 403
    assert STALE.text in said(answer)
    answer = client.post("/api/v1/no-such-address/")
    assert answer.status_code == 404  # an address of nobody asks for no token
    assert answer.json() == {"detail": WORDS[404].detail}


def test_405_names_the_method_that_would_do():
    answer = signed_in().get("/sign-out/")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert WORDS[405].text in said(answer)


def test_400_when_the_host_is_not_ours():
    answer = signed_in().get("/grants/", headers={"Host": "elsewhere.example"})
    assert answer.status_code == 400 and is_whole_page(answer)
    assert WORDS[400].text in said(answer)


@pytest.fixture
def breaking(settings):
    """The site with an address that breaks as it is asked to."""
    settings.ROOT_URLCONF = "tests.annotation.broken_urls"


@pytest.mark.parametrize(
    ("how", "status"), [("claim", 409), ("answer", 422), ("key", 422), ("right", 403)]
)
def test_a_broken_rule_that_no_view_caught_is_told_in_its_own_words(breaking, how, status):
    client = signed_in()
    page, part = client.get(f"/breaks/{how}/"), client.get(f"/breaks/{how}/", headers=HTMX)
    program = client.get(f"/api/v1/breaks/{how}/")
    assert page.status_code == part.status_code == program.status_code == status
    assert is_whole_page(page) and not is_whole_page(part)
    for answer in (page, part):
        assert str(FAULTS[how]) in said(answer)
    assert program.json() == {"detail": str(FAULTS[how])}


def test_413_for_a_form_that_is_too_long():
    answer = signed_in().post(
        "/password/",
        f"old_password={'x' * 1_100_000}",
        content_type="application/x-www-form-urlencoded",
    )
    assert answer.status_code == 413 and is_whole_page(answer)
    assert WORDS[413].text in said(answer)


def test_413_for_a_file_that_is_too_large():
    file = SimpleUploadedFile("grants.csv", b"x" * 1_200_000)
    answer = signed_in().post("/password/", {"file": file})
    assert answer.status_code == 413 and is_whole_page(answer)
    assert "At most 1 MB can be sent" in said(answer)


def test_413_for_a_program():
    answer = signed_in().post(
        "/api/v1/queue/next/", "[" + "1," * 700_000 + "1]", content_type="application/json"
    )
    assert answer.status_code == 413
    assert "detail" in answer.json()


def test_422_keeps_what_was_typed_and_says_what_is_wrong():
    answer = signed_in().post("/password/", {"old_password": "wrong", "new_password1": "x"})
    assert answer.status_code == 422 and is_whole_page(answer)
    assert b'aria-invalid="true"' in answer.content


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/no-such-address/", 404),
        ("DELETE", "/api/v1/grants/", 405),
        ("GET", "/api/v1/coverage/", 403),
        ("POST", "/api/v1/queue/release/", 400),
    ],
)
def test_a_program_is_told_in_json(method, path, status):
    answer = signed_in().generic(method, path, content_type="application/json")
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/json"
    assert answer.json()


def test_500_gives_a_reference_that_the_log_has_as_well(breaking, log):
    person = UserFactory()
    page = signed_in(person).get("/breaks/code/?q=secret+words")
    assert page.status_code == 500 and is_whole_page(page)
    assert page["Cache-Control"] == "no-store"
    reference = said(page).split("Reference ")[1].split()[0]
    assert f"500 GET breaks by user {person.pk} reference {reference}" in log.lines()
    assert "Traceback" in log.lines()
    assert "secret" not in log.lines()


def test_500_in_a_part_of_a_page_is_a_part_and_json_for_programs(breaking):
    client = signed_in()
    part = client.get("/breaks/code/", headers=HTMX)
    assert part.status_code == 500
    assert not is_whole_page(part) and WORDS[500].text in said(part)
    program = client.get("/api/v1/breaks/code/")
    assert program.status_code == 500
    assert program.json()["detail"] == WORDS[500].detail and program.json()["reference"]


def test_when_not_even_the_page_of_the_fault_can_be_made_there_are_words(breaking, settings):
    settings.TEMPLATES = [settings.TEMPLATES[0] | {"DIRS": [], "APP_DIRS": False}]
    page = signed_in().get("/breaks/code/")
    assert page.status_code == 500
    assert WORDS[500].title in said(page) and WORDS[500].text in said(page)
    assert not is_whole_page(page)


def test_503_without_a_database_needs_none(tmp_path):
    """A process of its own whose database is not there: pages, parts and programs are told so."""
    code = """if True:
        import django; django.setup()
        from django.test import Client
        client = Client(raise_request_exception=False, SERVER_NAME="localhost")
        client.cookies["sessionid"] = "x" * 32
        for path, headers in [
            ("/grants/", {}), ("/grants/", {"HX-Request": "true"}), ("/api/v1/grants/", {}),
        ]:
            answer = client.get(path, headers=headers)
            print(answer.status_code, answer.content.decode().replace(chr(10), " "))
            assert "sessionid" not in answer.cookies, "an outage signs nobody out"
    """
    nowhere = {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing", "VAR_DIR": str(tmp_path)}
    (tmp_path / "static").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=settings.BASE_DIR,
        env={**os.environ, **nowhere, "DJANGO_SETTINGS_MODULE": "classie_site.settings"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    page, part, program = done.stdout.splitlines()
    assert page.startswith("503 <!doctype html>") and WORDS[503].text in page
    assert part.startswith("503 <div") and WORDS[503].text in part
    assert json.loads(program.removeprefix("503 ")) == {"detail": WORDS[503].detail}
    assert "Traceback" not in done.stderr
    assert "The database did not serve: OperationalError: connection" in done.stderr


class Log:
    """What the site's own log would hold: its filter and form, on the root logger."""

    def __init__(self, handler, stream):
        self.handler, self.stream = handler, stream

    def lines(self):
        return self.stream.getvalue()


@pytest.fixture
def log():
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(RequestLines())
    logging.getLogger().addHandler(handler)
    yield Log(handler, stream)
    logging.getLogger().removeHandler(handler)


def test_the_sites_handler_has_the_filter():
    filters = settings.LOGGING["handlers"]["stderr"]["filters"]
    assert settings.LOGGING["filters"][filters[0]]["()"].endswith(RequestLines.__qualname__)


@pytest.mark.parametrize("path", ["/people/", "/grants/999999/", "/no-such-page/", "/sign-out/"])
def test_a_refusal_is_one_line_of_ids(log, path):
    person = UserFactory()
    signed_in(person).get(f"{path}?q=private")
    (line,) = log.lines().splitlines()
    assert line.endswith(f"by user {person.pk}")
    assert line.startswith(("403 GET", "404 GET", "405 GET"))
    assert "private" not in line


def test_the_key_of_a_one_time_link_is_never_logged(log):
    key = make_link(UserFactory(), OneTimeLink.Purpose.RESET)
    client = Client()
    assert client.post(f"/welcome/{key}/", {"new_password1": "x"}).status_code == 422
    assert client.get(f"/Welcome/{key}/").status_code == 404
    assert client.get("/welcome/used-already/").status_code == 404
    lines = log.lines().splitlines()
    assert len(lines) == 3
    assert not any(key in line or "used-already" in line for line in lines)


def test_other_records_pass_as_they_are(log):
    logging.getLogger("annotation").warning("A deed with id %d", 7)
    assert log.lines() == "A deed with id 7\n"


def test_no_word_for_a_person_is_missing():
    for words in (*WORDS.values(), BUSY, STALE):
        assert words.title and words.text.endswith(".") and words.detail.endswith(".")


@pytest.fixture
def busy_table(transactional_db):
    """PostgreSQL: another transaction has the list of grants under lock, and we wait 200 ms."""
    other = psycopg2.connect(**connection.get_connection_params() | {"cursor_factory": None})
    with other.cursor() as cursor:
        cursor.execute("LOCK TABLE annotation_grant IN ACCESS EXCLUSIVE MODE")
    yield
    other.rollback()
    other.close()


@pytest.mark.postgres_only
@pytest.mark.parametrize("limit", ["statement_timeout", "lock_timeout"])
def test_503_when_the_database_takes_too_long(busy_table, log, limit):
    person = UserFactory()
    client = signed_in(person)
    with connection.cursor() as cursor:
        cursor.execute(f"SET {limit} = 200")
    page = client.get("/grants/")
    part = client.get("/grants/", headers=HTMX)
    program = client.get("/api/v1/grants/")
    with connection.cursor() as cursor:
        cursor.execute(f"RESET {limit}")
    assert page.status_code == part.status_code == program.status_code == 503
    assert is_whole_page(page) and BUSY.text in said(page)
    assert not is_whole_page(part) and BUSY.text in said(part)
    assert program.json() == {"detail": BUSY.detail}
    assert page["Retry-After"] == program["Retry-After"] == "30"
    assert "Traceback" not in log.lines()
    assert f"503 GET grants by user {person.pk}" in log.lines()


@pytest.mark.sqlite_only
@pytest.mark.django_db(transaction=True)
def test_503_when_sqlite_is_locked_for_too_long(log, monkeypatch):
    client = signed_in()
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.1)  # seconds
    other = sqlite3.connect(connection.settings_dict["NAME"])
    other.execute("BEGIN IMMEDIATE")
    page = client.post("/tour/")  # remembers, and so writes
    other.rollback()
    other.close()
    connection.close()
    assert page.status_code == 503 and is_whole_page(page)
    assert BUSY.text in said(page)
    assert "Traceback" not in log.lines()


@pytest.mark.sqlite_only
def test_a_wrong_statement_is_no_outage_on_sqlite_either():
    with pytest.raises(OperationalError) as wrong, connection.cursor() as cursor:
        cursor.execute("SELECT nothing FROM nowhere")
    assert not is_outage(wrong.value) and not is_busy(wrong.value)
