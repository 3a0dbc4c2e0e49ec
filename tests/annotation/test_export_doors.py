"""Exporting by page, API and command: who may, what is refused, what is noted."""

import csv
import io
import json
import re
import stat
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from rest_framework.test import APIClient

from annotation.errors import ExportRefused
from annotation.exporters import EXPORTERS
from annotation.models import AuditEvent, Grant, Label, SiteSettings
from annotation.reports.grant_filters import NAMES
from annotation.reports.grant_lines import grant_lines
from annotation.services.exports import ExportOrder, start_export
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    GrantFactory,
    LabelFactory,
    SuggestionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]
DOORS = ["/export/", "/api/v1/exports/"]
FIT = {
    "amount_awarded": 100,
    "currency": "AUD",
    "award_date": date(2025, 3, 14),
    "recipient_identifier": "R-1",
    "funder_identifier": "F-1",
    "funder_name": "Fund",
}  # beside what every grant of the factory has: all that 360Giving asks for


@pytest.fixture
def boss(client):
    boss = AdministratorFactory(username="boss")
    client.force_login(boss)
    return boss


@pytest.fixture
def grant():
    label = LabelFactory(category=CategoryFactory(code="ARTS"), grant__title="=1+1")
    return label.grant


def body(response):
    return b"".join(response.streaming_content)


def ask(client, door, what, query):
    """The same order as a form of the page or as JSON of the API."""
    options = {"content_type": "application/json"} if "/api/" in door else {}
    return client.post(f"{door}{what}/", query, **options)


def rows(response):
    text = body(response).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def log():
    return list(AuditEvent.objects.order_by("pk").values_list("action", "subject", "details"))


# Page and API alike


@pytest.mark.parametrize("door", DOORS)
def test_a_file_comes_as_an_attachment_that_nobody_keeps(client, boss, grant, door):
    response = ask(client, door, "grants", {"as": "csv"})
    assert response.status_code == 200 and response.streaming
    assert response["Content-Disposition"].startswith('attachment; filename="grants-20')
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "no-store"
    (row,) = rows(response)
    assert (row["title"], row["categories"]) == ("'=1+1", "ARTS")


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("what", "form"), list(EXPORTERS))
def test_every_export_is_there(client, boss, door, what, form):
    GrantFactory(
        description="Text", amount_awarded=1, currency="AUD", award_date="2024-01-01",
        recipient_identifier="R", funder_name="F", funder_identifier="F",
    )  # fmt: skip
    response = ask(client, door, what, {"as": form, "suggestions": "1", "raw": "1"})
    assert response.status_code == 200
    is_empty = what in ("decisions", "sprints") and form == "jsonl"  # nobody has said anything yet
    assert body(response) or is_empty


@pytest.mark.parametrize(("n", "fits"), [(32_767, True), (32_768, False)])
def test_a_raw_workbook_never_cuts_a_text(n, fits):
    grant = GrantFactory(reference="LONG", description="é" * n)
    GrantFactory(description="😀" * 10_000)
    order = ExportOrder("grants", "xlsx", is_raw=True)
    if fits:
        assert list(start_export(order).pieces)
        return
    with pytest.raises(ExportRefused, match=f"The text of {grant} is longer than"):
        start_export(order)
    assert list(start_export(ExportOrder("grants", "xlsx")).pieces)
    assert list(start_export(ExportOrder("grants", "csv", is_raw=True)).pieces)


@pytest.mark.parametrize("door", DOORS)
def test_days_of_a_file_are_those_of_the_site(client, boss, grant, door):
    """The file is read when the request is over, and its zone with it."""
    SiteSettings(time_zone="Pacific/Kiritimati").save()  # 14 hours before Greenwich
    Label.objects.update(created_at=datetime(2026, 2, 28, 10, tzinfo=UTC))
    for day, n in (("2026-02-28", 0), ("2026-03-01", 1)):
        query = {"as": "csv", "given_from": day, "given_to": day}
        assert len(rows(ask(client, door, "grants", query))) == n, day


@pytest.mark.parametrize("door", DOORS)
def test_raw_suggestions_and_filters_are_heard(client, boss, grant, door):
    other = SuggestionFactory(score=0.7, grant__title="=2+2").grant
    query = {"as": "csv", "raw": "1", "suggestions": "1", "threshold": "0.6", "q": "=2+2"}
    (row,) = rows(ask(client, door, "grants", query))
    assert (row["reference"], row["title"]) == (other.reference, "=2+2")
    assert row["suggested"].endswith(":0.7000")
    (row,) = rows(ask(client, door, "grants", query | {"raw": "0", "suggestions": "0"}))
    assert row["title"] == "'=2+2" and "suggested" not in row


BAD = [
    {},
    {"as": "pdf"},
    {"as": "skos"},
    {"as": "csv", "threshold": "2"},
    {"as": "csv", "threshold": "nan"},
    {"as": "csv", "threshold": "x"},
    {"as": "csv", "raw": "perhaps"},
    {"as": "csv", "suggestions": "\0"},
    {"as": "csv", "state": "nonsense"},
    {"as": "csv", "year": "22"},
    {"as": "csv", "category": "NONE"},
    {"as": "csv", "q": "x\0"},
    {"as": "360-json"},
]


@pytest.mark.parametrize("query", BAD)
@pytest.mark.parametrize(("door", "status"), list(zip(DOORS, (422, 400), strict=True)))
def test_bad_input_is_refused_with_its_name_and_nothing_is_noted(
    client, boss, grant, door, status, query
):
    response = ask(client, door, "grants", query)
    assert response.status_code == status
    text = response.content.decode()
    wrong = next((name for name in query if name != "as"), "as")
    assert wrong in text or "360Giving" in text
    assert log() == []


@pytest.mark.parametrize("door", DOORS)
def test_there_is_no_export_of_anything_else(client, boss, door):
    assert ask(client, door, "people", {"as": "csv"}).status_code == 404


@pytest.mark.parametrize("door", DOORS)
def test_annotators_get_nothing(client, grant, door):
    client.force_login(UserFactory())
    assert ask(client, door, "grants", {"as": "csv"}).status_code == 403
    assert client.get("/export/").status_code == 403
    assert log() == []


def test_strangers_get_nothing(client, grant):
    assert ask(client, "/export/", "grants", {"as": "csv"}).status_code == 302
    assert ask(client, "/api/v1/exports/", "grants", {"as": "csv"}).status_code == 401


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("method", ["get", "head", "put", "delete"])
def test_only_what_a_button_sends_exports(client, boss, grant, door, method):
    """What a link may ask for by itself must not write into the audit log."""
    answer = getattr(client, method)(f"{door}grants/?as=csv")
    assert answer.status_code == 405
    assert "POST" in answer["Allow"] and "GET" not in answer["Allow"]
    assert log() == []


def test_a_get_of_the_api_says_what_to_send(client, boss):
    answer = client.get("/api/v1/exports/grants/?as=csv")
    assert answer.json() == {"detail": "GET does nothing here. Use one of: POST, OPTIONS."}


def test_the_pages_forms_carry_their_csrf_token(grant):
    boss = AdministratorFactory()
    client = Client(enforce_csrf_checks=True)
    client.force_login(boss)
    page = client.get("/export/").content.decode()
    forms = re.findall(r'<form[^>]* method="post" action="/export/[^"]+/">(.*?)</form>', page, re.S)
    assert len(forms) == 3  # grants, left out, taxonomy: there are no decisions yet
    for form in forms:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)[1]
    given = {"as": "csv", "csrfmiddlewaretoken": token}
    assert client.post("/export/grants/", given).status_code == 200
    assert client.post("/export/grants/", {"as": "csv"}).status_code == 403


# What is noted


def test_an_export_is_noted_when_it_starts_and_when_it_is_whole(boss, grant):
    export = start_export(ExportOrder("grants", "csv", is_raw=True), by=boss)
    assert log() == [("export started", "grants as csv", {"raw": True, "count": 1})]
    list(export.pieces)
    assert log()[1] == ("exported", "grants as csv", {"raw": True, "count": 1})
    assert set(AuditEvent.objects.values_list("actor__username", flat=True)) == {"boss"}


def test_a_reader_who_goes_away_is_noted_with_what_was_read(grant, monkeypatch):
    monkeypatch.setattr("annotation.exporters.csv_file.PIECE", 200)
    GrantFactory.create_batch(9)
    export = start_export(ExportOrder("grants", "csv"))
    next(export.pieces)
    export.pieces.close()
    action, _, details = log()[1]
    assert action == "export broken off" and details["count"] < 10


def test_the_log_holds_no_text_of_a_grant(client, boss):
    GrantFactory(title="Secret title", reference="SECRET-1")
    body(client.post("/export/grants/", {"as": "csv", "q": "secret"}))
    assert "secret" not in str(log()).lower()


# The page


def test_the_page_tells_how_many_360giving_would_leave_out(client, boss, grant):
    page = client.get("/export/").content.decode()
    assert "Export 1 grant" in page
    assert "List the 1 left out" in page
    assert "Nobody has annotated a grant yet" in page


def test_the_page_reads_no_more_than_it_says(client, boss, monkeypatch):
    GrantFactory.create_batch(3, title="Choir")
    monkeypatch.setattr("annotation.views.exporting.COUNTED", 2)
    page = client.get("/export/?q=choir").content.decode()
    assert "Export more than 2 grants" in page and "Only <b>more than 2 grants</b>" in page
    assert "<b>0</b> of the first 2 grants have" in page and "List what is left out" in page
    assert "0 of the first 2 grants</option>" in page
    monkeypatch.setattr("annotation.views.exporting.COUNTED", 3)
    page = client.get("/export/?q=choir").content.decode()
    assert "Export 3 grants" in page and "first 3" not in page


def test_beyond_what_is_counted_the_left_out_can_be_listed_all_the_same(client, boss, monkeypatch):
    GrantFactory.create_batch(2, **FIT)
    left_out = GrantFactory(reference="LEFT-OUT", description="")
    monkeypatch.setattr("annotation.views.exporting.COUNTED", 2)
    page = client.get("/export/").content.decode()
    assert "All of the first 2 grants have the ten fields" in page
    assert "List what is left out" in page
    assert b"LEFT-OUT" in body(client.post("/export/left-out/", {"as": "csv"}))
    left_out.delete()
    page = client.get("/export/").content.decode()
    assert "All 2 grants have the ten fields" in page and "left out</button>" not in page


def test_the_lists_filter_comes_along(client, boss, grant):
    GrantFactory.create_batch(2, title="Choir & <b>")
    listed = client.get("/grants/", {"q": "choir &", "after": "1"}).content.decode()
    assert 'href="/export/?q=choir+%26"' in listed
    page = client.get("/export/?q=choir+%26").content.decode()
    assert '<input type="hidden" name="q" value="choir &amp;">' in page
    assert "Export 2 grants" in page
    assert "Export all grants instead" in page


def test_what_was_chosen_is_kept_beside_the_fault(client, boss, grant):
    page = client.post(
        "/export/grants/", {"as": "jsonl", "suggestions": "1", "threshold": "<7>"}
    ).content.decode()
    assert 'value="&lt;7&gt;"' in page
    assert '<option value="jsonl" selected>' in page
    assert 'name="suggestions" value="1" checked' in page
    assert "Enter a number from 0 to 1." in page


def test_the_list_offers_no_export_to_annotators(client, grant):
    client.force_login(UserFactory())
    assert b"/export/" not in client.get("/grants/").content


def test_an_empty_site_has_a_page_too(client, boss):
    page = client.get("/export/").content.decode()
    assert "There are no grants yet." in page and "There is no taxonomy yet." in page


# The API


def test_an_accept_header_does_not_refuse_the_format(client, boss, grant):
    response = client.post(
        "/api/v1/exports/grants/", {"as": "csv"}, "application/json", headers={"accept": "text/csv"}
    )
    assert response.status_code == 200
    assert len(rows(response)) == 1


def test_a_token_opens_it(grant):
    AdministratorFactory(username="boss")
    client = APIClient()
    given = {"username": "boss", "password": "a long enough secret"}
    token = client.post("/api/v1/auth/token/", given, format="json").json()["token"]
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    response = client.post("/api/v1/exports/grants/", {"as": "jsonl"}, format="json")
    assert json.loads(body(response))["reference"] == grant.reference


def test_the_schema_names_it(client, boss):
    schema = client.get("/api/schema/?format=json").json()
    assert list(schema["paths"]["/api/v1/exports/{what}/"]) == ["post"]
    names = set(schema["components"]["schemas"]["OrderRequest"]["properties"])
    assert names == {"as", "suggestions", "threshold", "raw", *NAMES}


@pytest.mark.parametrize(
    ("order", "wrong"),
    [
        ({"as": "csv", "trheshold": 0.5}, "trheshold"),
        ({"as": ["csv"]}, "as"),
        ({"as": "csv", "raw": None}, "raw"),
        ({"as": "csv", "year": [1999]}, "year"),
        ({"as": "csv", "threshold": {}}, "threshold"),
        ({"as": "csv", "q": "x\0"}, "q"),
        (["csv"], "non_field_errors"),
    ],
)
def test_an_order_that_is_no_order_names_the_key(client, boss, grant, order, wrong):
    answer = client.post("/api/v1/exports/grants/", order, "application/json")
    assert (answer.status_code, list(answer.json())) == (400, [wrong])
    assert log() == []


def test_json_may_hold_numbers_and_switches_as_they_are(client, boss):
    SuggestionFactory(score=0.7, grant__award_date="1999-05-01")
    order = {"as": "csv", "suggestions": True, "threshold": 0.6, "year": 1999, "raw": False}
    (row,) = rows(client.post("/api/v1/exports/grants/", order, "application/json"))
    assert row["suggested"].endswith(":0.7000")


# The command


def test_the_command_writes_a_whole_file_for_its_owner_alone(grant, tmp_path):
    path = tmp_path / "grants.csv"
    call_command("export", "grants", "--format", "csv", "--out", str(path), "--raw")
    assert b'"=1+1"' in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]
    assert [action for action, *_ in log()] == ["export started", "exported"]


def test_a_broken_export_leaves_the_old_file_and_nothing_else(grant, tmp_path, monkeypatch):
    path = tmp_path / "grants.csv"
    path.write_text("old")

    def broken(found, threshold):
        yield from grant_lines(found, threshold)
        raise OSError("No space left on device")

    monkeypatch.setattr("annotation.services.exports.grant_lines", broken)
    with pytest.raises(CommandError, match="No space"):
        call_command("export", "grants", "--out", str(path))
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
    assert log()[1][0] == "export broken off"


def test_the_command_writes_to_standard_output(grant, capfdbinary):
    call_command("export", "grants", "--format", "jsonl", "--out", "-")
    written = capfdbinary.readouterr()
    assert json.loads(written.out)["title"] == "=1+1"
    assert b"1 grants written" in written.err


@pytest.mark.parametrize(
    "words",
    [
        ["people"],
        ["grants", "--format", "pdf"],
        ["grants", "--threshold", "2"],
        ["taxonomy", "--format", "xlsx"],
        ["grants", "--format", "360-json"],
        ["grants", "--out", "/no/such/folder/file.csv"],
    ],
)
def test_the_command_refuses_what_makes_no_sense(grant, tmp_path, words):
    path = tmp_path / "x.csv"
    with pytest.raises(CommandError):
        call_command("export", "--out", str(path), *words)
    assert not path.exists()


def test_the_command_takes_suggestions(tmp_path):
    SuggestionFactory(score=0.7)
    path = tmp_path / "x.jsonl"
    words = ["--format", "jsonl", "--out", str(path), "--with-suggestions", "--threshold", "0.6"]
    call_command("export", "grants", *words)
    assert json.loads(path.read_text())["suggested"][0]["probability"] == 0.7


# The service


@pytest.mark.parametrize(("what", "form"), [("people", "csv"), ("grants", "skos"), ("", "")])
def test_an_unknown_order_is_refused_with_the_choices(what, form):
    with pytest.raises(ExportRefused, match="Choose one of"):
        start_export(ExportOrder(what, form))


def test_excel_refuses_more_grants_than_a_sheet_holds(monkeypatch, grant):
    monkeypatch.setattr("annotation.services.exports.MOST_ROWS", 1)
    with pytest.raises(ExportRefused, match="CSV"):
        start_export(ExportOrder("grants", "xlsx"))


def test_the_page_documents_every_format():
    text = (ROOT / "docs/exporting.md").read_text()
    for what, form in EXPORTERS:
        assert f"`{form}`" in text and what in text
    assert Grant._meta.get_field("funder_identifier").name in text
