"""Who gets what answer at which address by which method: one table, checked against the URLconf.

A new URL without a row fails here; so does a row whose URL is gone. Each cell is asked in a world
as new and with an empty form, so a 422 or 400 means: let in, and told what is missing.

A test asks one URL as everybody: what fails says who was answered otherwise, and how.
"""

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from annotation.models import ApiToken, Category, LabelCheck, OneTimeLink, PersonSession
from annotation.services.guidelines import write_guidelines
from annotation.services.notices import open_notice
from annotation.services.people_links import make_link
from annotation.services.queue import claim_next_grant
from annotation.services.simulations import Order, request_simulation
from annotation.services.sprints import start_sprint
from tests.annotation.compared_backends import requested as backends_requested
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    GrantFactory,
    ModelVersionFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH")
ROLES = ("anonymous", "one_time", "annotator", "administrator")

AWAY = "302 302 302 302 302"  # to the sign-in, or to the change of the one-time password
SHUT = "403 403 403 403 403"
GONE = "404 404 405 405 405"  # somebody else's does not exist
READ = "200 405 405 405 405"
NOTHING = "404 405 405 405 405"
SEND = "405 {} 405 405 405"
FORM = "200 {} 405 405 405"
NOBODY = "401 401 401 401 401"


def page(annotator, administrator=None):
    """A page behind the sign-in."""
    return (AWAY, AWAY, annotator, administrator or annotator)


def for_administrators(answers):
    return page(SHUT, answers)


def api(annotator, administrator=None):
    return (NOBODY, SHUT, annotator, administrator or annotator)


TABLE = {
    "annotate": page(READ),
    "categories": page(READ),
    "definitions": page(READ),
    "undo": page(SEND.format(409)),  # there is nothing to undo
    "submit": page(SEND.format(422)),
    "skip": page(SEND.format(422)),
    "submit_revision": page(SEND.format(422)),
    "submit_correction": page(SEND.format(422)),
    "change": page(SEND.format(409)),  # nothing of theirs stands there
    "next_grant": page(SEND.format(200)),
    "release": page(SEND.format(204)),
    "open_grant": page(SEND.format(409)),  # another person has it
    "note": page(SEND.format(422)),
    "keys": page(SEND.format(422)),
    "renew": page(SEND.format(409)),  # the claim is another person's
    "grants": page(READ),
    "grant": page(READ),
    "adjudicate_next": for_administrators(READ),
    "adjudicate": for_administrators("404 404 405 405 405"),  # one annotation: nobody differs
    "sprints": page(READ),
    "start_sprint": for_administrators(SEND.format(422)),
    "sprint": page(READ),
    "decide_sprint": page(SEND.format(422)),
    "undo_sprint": page(SEND.format(409)),  # nothing has been decided
    "end_sprint": for_administrators(SEND.format(302)),
    "my_work": page(READ),
    "guidelines": page(READ),
    "edit_guidelines": for_administrators(FORM.format(422)),
    "guidelines_version": page(READ),
    "category": for_administrators(FORM.format(422)),
    "merge_category": for_administrators(FORM.format(422)),
    "part_category": for_administrators("409 409 405 405 405"),  # it was not merged
    "want_category": for_administrators(SEND.format(302)),  # nothing is wanted, as before
    "watch_category": for_administrators(SEND.format(302)),  # it was not watched, as before
    "grant_look_alikes": page(READ),
    "coverage": for_administrators(READ),
    "quality": for_administrators(READ),
    "near_miss": for_administrators(NOTHING),  # nothing is worked out yet
    "mark_category": for_administrators(SEND.format(302)),  # there was no mark
    "notices": for_administrators(READ),
    "dismiss_notice": for_administrators(SEND.format(302)),
    "drift": for_administrators(READ),
    "slices": for_administrators(READ),
    "label_errors": for_administrators(READ),
    "check_labels": for_administrators(SEND.format(422)),
    "uncheck_labels": for_administrators(SEND.format(409)),  # its grant waits for nobody
    "coverage_file": for_administrators(SEND.format(200)),
    "want_next": for_administrators(SEND.format(422)),
    "versions": for_administrators(READ),
    "training": for_administrators(READ),
    "reading": for_administrators(READ),
    "version": for_administrators(READ),
    "model_card": for_administrators(READ),
    "model_card_json": for_administrators(SEND.format(200)),
    "compare_versions": for_administrators(FORM.format(422)),
    "comparison_progress": for_administrators("302 405 405 405 405"),  # of no pair
    "retrain": for_administrators(SEND.format(302)),
    "stop": for_administrators(FORM.format(409)),
    "promote": for_administrators(FORM.format(422)),
    "agreement": for_administrators(READ),
    "ask_report": for_administrators(SEND.format(302)),
    "report_progress": for_administrators(READ),
    "backend_comparisons": for_administrators(READ),
    "start_backend_comparison": for_administrators(SEND.format(422)),
    "backend_comparison": for_administrators(READ),
    "backend_comparison_progress": for_administrators(READ),
    "stop_backend_comparison": for_administrators(FORM.format(302)),
    "delete_backend_comparison": for_administrators(FORM.format(409)),  # it is under way
    "backend_comparison_json": for_administrators(SEND.format(404)),  # none is measured
    "backend_comparison_report": for_administrators(SEND.format(404)),
    "simulations": for_administrators(READ),
    "start_simulation": for_administrators("302 422 405 405 405"),
    "simulation": for_administrators(READ),
    "simulation_progress": for_administrators(READ),
    "stop_simulation": for_administrators(FORM.format(302)),
    "delete_simulation": for_administrators(FORM.format(409)),  # it is under way
    "simulation_csv": for_administrators(SEND.format(200)),
    "simulation_json": for_administrators(SEND.format(200)),
    "imports": for_administrators(FORM.format(422)),
    "import_run": for_administrators(READ),
    "import_progress": for_administrators("302 405 405 405 405"),
    "import_columns": for_administrators(SEND.format(422)),
    "import_start": for_administrators(SEND.format(409)),
    "import_stop": for_administrators(SEND.format(302)),
    "import_undo": for_administrators(FORM.format(409)),
    "import_faults": for_administrators(READ),
    "export": for_administrators(READ),
    "export_file": for_administrators(SEND.format(422)),
    "api_export": api(SHUT, SEND.format(400)),
    "demonstration": for_administrators("302 302 405 405 405"),
    "settings": for_administrators(FORM.format(422)),
    "sagemaker": for_administrators(FORM.format(422)),
    "sagemaker_agreement": for_administrators(SEND.format(422)),  # of no revision
    "audit_log": for_administrators(READ),
    "audit_log_csv": for_administrators(SEND.format(200)),
    "people": for_administrators(READ),
    "invite": for_administrators(FORM.format(422)),
    "person": for_administrators(READ),
    "role": for_administrators(FORM.format(302)),
    "deactivate": for_administrators(FORM.format(302)),
    "reactivate": for_administrators(FORM.format(302)),
    "reset": for_administrators(FORM.format(200)),
    "end_all": for_administrators(FORM.format(302)),
    "help": page(READ),
    "tour": page(FORM.format(302)),
    "account": page(READ),
    "make_token": page(FORM.format(422)),
    "end_others": page(FORM.format(302)),
    "end_session": page(GONE, FORM.format(302)),
    "revoke_token": page(GONE, FORM.format(302)),
    "one_time_link": (FORM.format(422),) * 4,
    "sign_in": (FORM.format(200), "302 302 405 405 405", *("302 302 405 405 405",) * 2),
    "sign_out": (AWAY, *(SEND.format(302),) * 3),
    "change_password": (AWAY, *(FORM.format(200),) * 3),
    "schema": api(READ),
    "api_docs": api(READ),
    "api_token": (SEND.format(400), SHUT, SEND.format(400), SEND.format(400)),
    "api_queue_next": api(SEND.format(200)),
    "api_queue_release": api(SEND.format(400)),
    "api_classify": api(SEND.format(400)),
    "api_annotations": api("403 400 403 403 403", "200 400 405 405 405"),
    "api_annotation": api("404 405 400 405 405"),  # somebody else's, as if there were none
    "api_revision": api(SEND.format(400)),
    "api_grants": api(READ),
    "api_categories": api(READ),
    "api_coverage": api(SHUT, READ),
    "api_model_versions": api(SHUT, "200 201 405 405 405"),
}

SPRINT_PAGES = ("sprint", "decide_sprint", "undo_sprint", "end_sprint")
CATEGORY_PAGES = {name for name in TABLE if name.endswith("_category")} | {"category"}
WITHOUT_A_SIMULATION = {"simulations", "start_simulation"}
SIMULATION_PAGES = {name for name in TABLE if "simulation" in name} - WITHOUT_A_SIMULATION
WITHOUT_BACKENDS = {"backend_comparisons", "start_backend_comparison"}
BACKEND_PAGES = {name for name in TABLE if "backend_comparison" in name} - WITHOUT_BACKENDS
IMPORT_PAGES = [name for name in TABLE if name.startswith("import_")]

# What a GET may write. Bookkeeping of the visit itself:
BOOKKEEPING = {"django_session", "annotation_personsession"}
# And one lease: opening the annotating page claims a grant. It is no deed (the same claim comes
# again however often the page is opened, runs out by itself, and no annotation depends on it), and
# asking for it afterwards would cost every annotator a round trip before the first word.
ALLOWED = {"annotate": {"annotation_queueitem"}}
# Addresses that do more when more is asked of them.
ASKED = {
    "api_annotations": "page_size=1",
    "api_categories": "q=a",
    "api_docs": "script=",
    "api_export": "as=csv",
    "agreement": "q=a&page=2",
    "api_grants": "page_size=1",
    "audit_log": "words=a&since=2026-01-01&deed=exported",
    "compare_versions": "a=1&b=2",
    "coverage": "sort=labelled",
    "export": "q=a&as=jsonl&suggestions=1",
    "export_file": "as=csv",
    "notices": "before=9",
    "grants": "q=a&state=suggested&order=lowest",
    "import_run": "columns",
    "sign_in": "next=/export/grants/%3Fas%3Dcsv",
    "simulation": "over=clicks",
    "backend_comparison_progress": "was=running&over=1",
    "simulation_progress": "was=running&whole=1&over=decisions",
    "start_simulation": "strategies=default&n_seeds=3&start=20&batch=10&budget=40",
    "tour": "step=3",
    "training": "was=training&version=1",
}
# SQLite's index of words gives no rows back; the tables behind it are read in its place.
UNREADABLE = {"annotation_grantwords"}
# It opens no session and believes no cookie, so there is nothing to forge.
WITHOUT_CSRF = {"api_token"}


@dataclass
class World:
    """One row of everything that an address may name, none of it the visitor's own."""

    users: dict
    named: dict
    # Who is signed in once need not be for each cell, and the middleware starts once for all.
    clients: dict = field(default_factory=dict)
    cookies: dict = field(default_factory=dict)

    def client(self, role, **options):
        """A browser with the role's session and nothing from an answer to an earlier cell."""
        key = (role, *options)
        if key not in self.clients:
            self.clients[key] = Client(raise_request_exception=True, **options)
        self.clients[key].cookies.clear()
        self.clients[key].cookies.load(self.cookies[role])
        return self.clients[key]

    def sign_in(self):
        for role in ROLES:
            client = Client()
            if role in self.users:
                client.force_login(self.users[role])
            self.cookies[role] = {name: cookie.value for name, cookie in client.cookies.items()}

    def address(self, name):
        return reverse(name, kwargs=self.named.get(name, {}))


@pytest.fixture(scope="module")
def stage(rows_of_module):
    """The world of every cell, made once; what a cell writes is rolled back to it."""
    with rows_of_module():
        world = made_world()
        world.sign_in()
        yield world, stored()


@pytest.fixture
def world(stage, db):
    return stage[0]


@pytest.fixture
def rows(stage, db):
    """Every row before anything was asked."""
    return stage[1]


@contextmanager
def as_new():
    """What is written inside is taken back."""
    savepoint = transaction.savepoint()
    yield
    transaction.savepoint_rollback(savepoint)


def made_world():
    category = CategoryFactory()
    version = ModelVersionFactory()
    other = UserFactory(username="other")
    GrantFactory.create_batch(2, queued=True)
    claim = claim_next_grant(other)
    client = Client()
    client.force_login(other)
    client.get("/account/")
    now = timezone.now()
    token = ApiToken.objects.create(
        user=other,
        key_sha256="0" * 64,
        auth_hash=other.get_session_auth_hash(),
        expires_at=now + timedelta(days=1),
    )
    write_guidelines(AdministratorFactory(), "# Rules", based_on=0)
    key = make_link(other, OneTimeLink.Purpose.RESET)
    by_pk = {
        "grant": claim.grant,
        "adjudicate": claim.grant,
        **dict.fromkeys(SPRINT_PAGES, start_sprint(AdministratorFactory(), Category.objects.get())),
        **dict.fromkeys(("grant", "open_grant", "note"), claim.grant),
        "submit_revision": claim.grant,  # the number of no annotation
        "submit_correction": claim.grant,
        "change": claim.grant,
        "api_annotation": claim.grant,
        "api_revision": claim.grant,
        "grant_look_alikes": claim.grant,
        "version": version,
        "model_card": version,
        "model_card_json": version,
        "stop": version,
        "promote": version,
        "dismiss_notice": open_notice("disk", "low", "It is nearly full.", "Make room."),
        "uncheck_labels": LabelCheck.objects.create(
            grant=GrantFactory(), category=category, asked_by=other, was_given=True, proba=0.1
        ),
        "end_session": PersonSession.objects.get(),
        "revoke_token": token,
        **dict.fromkeys(SIMULATION_PAGES, simulation()),
        **dict.fromkeys(BACKEND_PAGES, backends_requested(AdministratorFactory())),
        **dict.fromkeys(IMPORT_PAGES, claim.grant.import_run),
        **dict.fromkeys(("person", "role", "deactivate", "reactivate", "reset", "end_all"), other),
    }
    return World(
        users={
            "one_time": UserFactory(must_change_password=True),
            "annotator": UserFactory(),
            "administrator": AdministratorFactory(),
        },
        named={name: {"pk": row.pk} for name, row in by_pk.items()}
        | {name: {"token": claim.token} for name in ("submit", "skip", "renew")}
        | {name: {"what": "grants"} for name in ("export_file", "api_export")}
        | {name: {"question": "agreement"} for name in ("ask_report", "report_progress")}
        | {name: {"code": category.code} for name in CATEGORY_PAGES}
        | {"one_time_link": {"key": key}, "guidelines_version": {"number": 1}},
    )


def simulation():
    order = Order(["random", "default"], 1, 20, 10, 40, 120, 3)
    return request_simulation(AdministratorFactory(), order)


def url_names():
    return [name for name, _ in walk(get_resolver().url_patterns)]


def walk(patterns):
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield pattern.name, pattern
        else:
            yield from walk(pattern.url_patterns)


def test_every_url_has_a_name_of_its_own_and_a_row():
    names = url_names()
    assert len(names) == len(set(names))
    assert set(names) == set(TABLE)


def answers(name):
    """``{role: {method: status}}`` as the table has it."""
    return {
        role: dict(zip(METHODS, row.split(), strict=True))
        for role, row in zip(ROLES, TABLE[name], strict=True)
    }


@pytest.mark.parametrize("name", TABLE)
def test_each_cell_of_the_table(world, name):
    found = {role: {} for role in ROLES}
    for role in ROLES:
        for method in METHODS:
            with as_new():
                answer = world.client(role).generic(method, world.address(name))
            found[role][method] = str(answer.status_code)
    assert found == answers(name)


@pytest.mark.parametrize("name", TABLE)
def test_options_tell_nobody_more_than_they_may_use(world, name):
    """A page does not take it. The API names its methods to whoever may read there."""
    is_told = name != "api_docs" and (name.startswith("api_") or name == "schema")
    expected, found = {}, {}
    for role, of_method in answers(name).items():
        shut = {"401", "403"} & {of_method["GET"]}
        expected[role] = (shut.pop() if shut else "200") if is_told else of_method["DELETE"]
        with as_new():
            found[role] = str(world.client(role).options(world.address(name)).status_code)
    assert found == expected


@pytest.mark.parametrize("name", [name for name in TABLE if name not in WITHOUT_CSRF])
def test_nothing_unsafe_passes_without_a_csrf_token(world, name):
    client = world.client("administrator", enforce_csrf_checks=True)
    for method in METHODS[1:]:
        answer = client.generic(method, world.address(name))
        assert answer.status_code == 403, method


@pytest.mark.parametrize("name", WITHOUT_CSRF)
def test_what_asks_for_no_csrf_token_believes_no_cookie(world, name):
    answer = world.client("administrator", enforce_csrf_checks=True).post(
        world.address(name), "{}", content_type="application/json"
    )
    assert answer.status_code == 400  # the name and password are missing, session or not


@pytest.mark.parametrize("name", TABLE)
def test_a_get_never_writes_and_a_head_is_the_same_without_a_body(world, rows, name):
    """A HEAD is never a way round: whoever may not read may not ask for the size of it either."""
    may = BOOKKEEPING | ALLOWED.get(name, set())
    address = world.address(name)
    asked = [address, f"{address}?{ASKED.get(name, '')}"][: 1 + (name in ASKED)]
    for role in ROLES:
        with CaptureQueriesContext(connection) as queries:
            for each in asked:
                got = world.client(role).get(each)
                b"".join(got.streaming_content if got.streaming else ())
                head = world.client(role).head(each)
                assert head.status_code in (got.status_code, 405), (role, each)
                assert head.content == b"", (role, each)
        assert {written(query["sql"]) for query in queries} - {None} <= may, role
    now = stored()
    assert {table for table in rows if rows[table] != now[table]} <= may


def stored():
    """Every row of every table, so that no way of writing goes unseen."""
    rows = {}
    with connection.cursor() as cursor:
        for table in tables():
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608 - our tables
            rows[table] = sorted(map(repr, cursor.fetchall()))
    return rows


@cache
def tables():
    return sorted(set(connection.introspection.table_names()) - UNREADABLE)


def written(sql):
    """The table that a statement writes to, if it writes."""
    found = re.match(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', sql, re.IGNORECASE)
    return found and found[1]


def test_what_counts_as_writing():
    assert written('UPDATE "annotation_user" SET "x" = 1') == "annotation_user"
    assert written('INSERT INTO "django_session" VALUES (1)') == "django_session"
    assert written('DELETE FROM "annotation_skip"') == "annotation_skip"
    assert written('SELECT 1 FROM "annotation_user" FOR NO KEY UPDATE') is None
