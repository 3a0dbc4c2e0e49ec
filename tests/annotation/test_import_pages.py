"""The import pages: who may open them, what they refuse, what they let one download."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from annotation.models import Grant, ImportRun
from annotation.views.uploads import UPLOAD_LIMIT
from tests.factories import AdministratorFactory, GrantFactory, TaxonomyFactory, UserFactory

pytestmark = pytest.mark.django_db
State = ImportRun.State


@pytest.fixture(autouse=True)
def store(settings, tmp_path):
    settings.IMPORT_STORE = tmp_path / "imports"


@pytest.fixture
def admin(client):
    user = AdministratorFactory()
    client.force_login(user)
    return user


def upload(client, content=b"reference,title,description\n", name="grants.csv", **more):
    file = SimpleUploadedFile(name, content)
    return client.post(reverse("imports"), {"kind": "grants", "file": file} | more)


def run_in(state, **more):
    return ImportRun.objects.create(
        kind="grants", state=state, file_name="grants.csv", upload_size=9, **more
    )


def page(client, run, name="import_run"):
    return client.get(reverse(name, args=[run.pk]))


def test_an_upload_is_kept_and_leads_to_its_page(client, admin):
    answer = upload(client, with_categories="on")
    run = ImportRun.objects.get()
    assert answer.url == f"/import/{run.pk}/"
    assert (run.state, run.imported_by, run.with_categories) == (State.UPLOADED, admin, True)
    assert run.path.read_bytes() == b"reference,title,description\n"
    assert "Waiting to be checked" in page(client, run).content.decode()


def test_a_file_that_waits_again_says_only_that(client, admin):
    html = page(client, run_in(State.CONFIRMED, rows_read=1_300)).text
    assert ">a worker takes it up within a minute<" in html
    assert "rows read" not in html


def test_a_file_at_work_says_how_many_rows_were_read(client, admin):
    assert "1,300 rows read" in page(client, run_in(State.IMPORTING, rows_read=1_300)).text
    assert "1 row read" in page(client, run_in(State.CHECKING, rows_read=1)).text


ADDRESSES = ["import_run", "import_progress", "import_faults", "import_undo"]
DEEDS = ["import_columns", "import_start", "import_stop", "import_undo"]


def test_annotators_see_none_of_it(client):
    client.force_login(UserFactory())
    run = run_in(State.CHECKED)
    assert "/import/" not in client.get(reverse("grants")).content.decode()
    assert client.get(reverse("imports")).status_code == 403
    assert upload(client).status_code == 403
    for name in ADDRESSES:
        assert page(client, run, name).status_code == 403
    for name in DEEDS:
        assert client.post(reverse(name, args=[run.pk])).status_code == 403
    assert ImportRun.objects.get().state == State.CHECKED


def test_what_is_not_there_is_not_found(client, admin):
    for name in ADDRESSES:
        assert client.get(reverse(name, args=[99])).status_code == 404
    for name in DEEDS:
        assert client.post(reverse(name, args=[99])).status_code == 404


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"kind": "grants"}, "Choose a file."),
        ({"kind": "people", "file": SimpleUploadedFile("a", b"x")}, "Choose one."),
        ({"file": SimpleUploadedFile("a", b"x")}, "Choose what the file holds."),
        ({"kind": "grants", "file": SimpleUploadedFile("a", b"")}, "The file is empty."),
    ],
)
def test_a_form_with_something_missing_says_what(client, admin, form, words):
    answer = client.post(reverse("imports"), form)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not ImportRun.objects.exists()


def test_a_file_over_the_limit_is_refused_before_it_is_read(client, admin):
    answer = upload(client, b"x" * (UPLOAD_LIMIT + 100_000))
    assert answer.status_code == 413
    assert "At most 25 MB can be sent from the browser" in answer.content.decode()
    assert not ImportRun.objects.exists()


def test_other_pages_take_no_large_forms_with_files(client, admin):
    file = SimpleUploadedFile("a", b"x" * 1_200_000)
    assert client.post(reverse("retrain"), {"file": file}).status_code == 413


@pytest.mark.parametrize("length", ["nonsense", "-1", ""])
def test_a_lie_about_the_length_is_no_server_error(client, admin, length):
    answer = client.post(
        reverse("imports"), b"x", content_type="multipart/form-data; boundary=b",
        CONTENT_LENGTH=length,
    )  # fmt: skip
    assert answer.status_code in {400, 422}


def test_too_many_fields_are_refused(client, admin):
    form = {f"field{n}": "x" for n in range(1_100)}
    assert client.post(reverse("imports"), form).status_code == 413


def test_a_wrong_content_type_is_no_upload(client, admin):
    answer = client.post(reverse("imports"), b"a,b", content_type="text/csv")
    assert answer.status_code == 422


@pytest.mark.parametrize("state", State.values)
def test_every_state_has_a_page(client, admin, state):
    run = run_in(state, header=["a"], samples=[["<b>1</b>"]], error="Because.")
    answer = page(client, run)
    assert answer.status_code == 200
    assert "grants.csv" in answer.content.decode()
    assert "<b>1</b>" not in answer.content.decode()


def test_the_progress_leads_to_the_next_page_when_the_work_is_done(client, admin):
    run = run_in(State.CHECKING, progress=0.4, rows_read=1234)
    said = client.get(reverse("import_progress", args=[run.pk]), headers={"HX-Request": "true"})
    assert "40 %" in said.content.decode() and "1,234 rows" in said.content.decode()
    ImportRun.objects.update(state=State.CHECKED)
    said = client.get(reverse("import_progress", args=[run.pk]), headers={"HX-Request": "true"})
    assert said.headers["HX-Redirect"] == f"/import/{run.pk}/"


def test_a_taxonomy_that_was_sent_as_grants_is_told_from_a_table_of_grants(client, admin):
    taxonomy = ["facet", "Code", "label", "scope_note"]
    run = run_in(State.COLUMNS, header=taxonomy, samples=[["a", "b", "c", "d"]])
    assert "look like the columns of a taxonomy" in page(client, run).text
    run = run_in(State.COLUMNS, header=["Code", "Heading", "Label"], samples=[["1", "b", "c"]])
    assert "look like the columns of a taxonomy" not in page(client, run).text


def test_columns_chosen_twice_or_not_at_all_are_named_and_kept(client, admin):
    run = run_in(State.COLUMNS, header=["No", "Heading"], samples=[["1", "x"]])
    address = reverse("import_columns", args=[run.pk])
    answer = client.post(address, {"column-0": "title", "column-1": "title"})
    assert answer.status_code == 422
    assert "“No” and “Heading” would both become title" in answer.content.decode()
    answer = client.post(address, {"column-0": "reference", "currency": "aud"})
    assert answer.status_code == 422
    assert "No column becomes title" in answer.content.decode()
    assert '<option value="reference" selected>' in answer.content.decode()
    answer = client.post(address, {"column-0": "reference", "column-1": "title"})
    assert answer.status_code == 302
    assert ImportRun.objects.get().mapping["columns"] == {"reference": "No", "title": "Heading"}


def test_a_deed_out_of_its_time_changes_nothing(client, admin):
    run = run_in(State.DONE)
    assert client.post(reverse("import_start", args=[run.pk])).status_code == 409
    client.post(reverse("import_stop", args=[run.pk]))
    client.post(reverse("import_columns", args=[run.pk]), {})
    assert ImportRun.objects.get().state == State.DONE
    assert client.post(reverse("import_undo", args=[run.pk])).status_code == 409


def test_a_choice_between_taxonomies_is_asked_for(client, admin):
    run = run_in(State.CHECKED, preview={"asks": True, "missing": 3})
    answer = client.post(reverse("import_start", args=[run.pk]), {"choice": "burn"})
    assert answer.status_code == 409
    assert "Choose what shall happen to the taxonomy in use" in answer.content.decode()


def test_the_demonstration_is_named_before_a_taxonomy_is_uploaded(client, admin):
    TaxonomyFactory(is_demonstration=True)
    said = client.get(reverse("imports")).content.decode()
    assert "only after it is removed" in said and 'href="/demonstration/"' in said
    run = run_in(State.FAILED, error="Remove it first.")
    ImportRun.objects.update(kind="taxonomy")
    assert "Remove the demonstration" in page(client, run).content.decode()


def test_what_a_file_would_take_away_is_said_before(client, admin):
    run = run_in(State.CHECKED, rows_updated=3, preview={"emptied": [["amount awarded", 3]]})
    said = page(client, run).content.decode()
    assert "The file takes something away." in said
    assert "amount awarded of 3 grants" in said
    run.preview = {"emptied": []}
    run.save()
    assert "takes something away" not in page(client, run).content.decode()


def test_faulty_rows_are_no_formulas_in_the_download(client, admin):
    values = ["=cmd|' /C calc'!A1", "+1", "-1", "@SUM(1)", "\t=1", " =1", "＝1"]
    values += ["\n=1", "\u200b=1", "\u00ad+1", "\u2060@SUM(1)", "\u200f-1", "plain", "1-2"]
    faults = [[n, "title", value, "is odd", False] for n, value in enumerate(values)]
    run = run_in(State.CHECKED, faults=faults, rows_faulty=len(faults))
    answer = page(client, run, "import_faults")
    rows = list(csv.reader(io.StringIO(answer.content.decode())))
    assert rows[0] == ["row", "column", "value", "what is wrong", "left out"]
    assert [row[2] for row in rows[1:]] == [f"'{v}" for v in values[:-2]] + values[-2:]
    assert "attachment" in answer.headers["Content-Disposition"]


def test_an_undo_is_asked_about_with_the_number_of_grants(client, admin):
    run = run_in(State.DONE)
    GrantFactory(import_run=run)
    assert "Undo the import" in page(client, run).content.decode()
    assert "1 grant that" in page(client, run, "import_undo").content.decode()
    assert client.post(reverse("import_undo", args=[run.pk])).status_code == 302
    assert ImportRun.objects.get(pk=run.pk).state == State.UNDONE


def test_an_undo_of_many_grants_is_a_worker_s(client, admin):
    run = run_in(State.DONE, rows_unchanged=501)
    GrantFactory(import_run=run)
    assert client.post(reverse("import_undo", args=[run.pk])).status_code == 302
    run.refresh_from_db()
    assert (run.state, Grant.objects.count()) == (State.UNDOING, 1)
    said = page(client, run).content.decode()
    assert "Being undone" in said
    assert "Stop</button>" not in said


def test_empty_pages_lead_to_the_import(client, admin):
    for name in ("annotate", "grants", "coverage", "versions"):
        assert 'href="/import/' in client.get(reverse(name)).content.decode()
