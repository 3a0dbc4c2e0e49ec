"""What applicants chose themselves: kept and shown by its source, and never anybody's decision."""

import csv
import io
import json

import pytest
from django.core.management import call_command
from django.utils import timezone

from annotation.importers.column_names import proposed_columns
from annotation.importers.grant_rows import Mapping
from annotation.models import Annotation, Label, QueueItem, Taxonomy
from annotation.reports.coverage import examples_by_category
from annotation.reports.grant_filters import filtered
from annotation.reports.grant_history import grant_history
from annotation.reports.grants import find_grants
from annotation.services.exports import ExportOrder, start_export
from annotation.services.import_grants import import_grants, preview_grants
from annotation.services.model_versions import has_labels
from classifier.dataset import categories_of, training_set
from tests.factories import AdministratorFactory, CategoryFactory, GrantFactory, LabelFactory

pytestmark = pytest.mark.django_db
HEADER = "reference,title,description,categories,applicant_categories\n"


@pytest.fixture(autouse=True)
def categories():
    return {code: CategoryFactory(code=code, label=f"All {code}") for code in ("ARTS", "SPORT")}


@pytest.fixture
def file(tmp_path):
    def file(content):
        path = tmp_path / "grants.csv"
        path.write_text(content)
        return path

    return file


def labels():
    return set(Label.objects.values_list("grant__reference", "category__code", "source"))


def test_each_column_gives_labels_of_its_own_source(file):
    content = HEADER + "G-1,One,Text,ARTS,SPORT; ARTS;SPORT\nG-2,Two,Text,,SPORT\n"
    assert preview_grants(file(content)).n_labels == 4
    assert import_grants(file(content)).n_labels == 4
    assert labels() == {
        ("G-1", "ARTS", "imported"),
        ("G-1", "SPORT", "applicant"),
        ("G-1", "ARTS", "applicant"),
        ("G-2", "SPORT", "applicant"),
    }
    assert preview_grants(file(content)).n_labels == 0
    assert import_grants(file(content)).n_labels == 0


def test_who_was_only_labelled_by_the_applicant_waits_and_teaches_nothing(file):
    import_grants(file(HEADER + "G-1,One,Text,,SPORT\n"))
    assert QueueItem.objects.get().is_open
    assert not Annotation.objects.exists()
    assert not has_labels()
    assert not training_set(categories_of(Taxonomy.objects.current())).grant_ids
    assert examples_by_category() == {}
    assert not filtered({"state": "labelled"}).exists()
    assert not filtered({"outcome": "subject:labelled"}).exists()
    assert not filtered({"category": "SPORT"}).exists()
    assert filtered({"state": "waiting"}).count() == 1
    (row,) = find_grants({}).rows
    assert (row.state, row.categories) == ("waiting", [])


def test_a_code_that_is_not_known_names_its_column(file):
    CategoryFactory(code="GONE", retired_at=timezone.now())
    path = file(HEADER + "G-1,One,Text,ARTS,NOPE;SPORT;GONE\nG-2,Two,Text,NOPE,SPORT\n")
    staff, *notes = sorted(preview_grants(path).faults, key=lambda fault: fault.is_warning)
    assert import_grants(path).faults == [*notes, staff]
    assert (staff.row, staff.column, staff.value) == (3, "categories", "NOPE")
    assert [(note.row, note.column, note.value) for note in notes] == [
        (2, "applicant_categories", "NOPE"),
        (2, "applicant_categories", "GONE"),
    ]
    assert str(notes[0]).endswith("the grant comes without it (note)")
    # What applicants chose decides nothing: a code of theirs costs no grant.
    assert labels() == {("G-1", "ARTS", "imported"), ("G-1", "SPORT", "applicant")}


def test_the_command_does_not_call_a_note_a_row_left_out(file):
    out = io.StringIO()
    path = file(HEADER + "G-1,One,Text,,NOPE\nG-2,Two,Text,NOPE,\n")
    call_command("import_grants", "--in-this-process", str(path), stdout=out, stderr=io.StringIO())
    assert "1 grants created" in out.getvalue() and "1 rows left out, 1 notes." in out.getvalue()


@pytest.mark.parametrize("deed", [preview_grants, import_grants])
def test_kept_without_the_categories(file, deed):
    content = HEADER + "G-1,One,Text,NOPE,SPORT\nG-2,Two,Text,ARTS,\n"
    result = deed(file(content), with_categories=False)
    assert (result.n_created, result.n_labels, len(result.faults)) == (2, 1, 0)
    if deed is import_grants:
        assert labels() == {("G-1", "SPORT", "applicant")}
        assert QueueItem.objects.count() == 2


@pytest.mark.parametrize(
    "title",
    ["Applicant categories", "Categories chosen by the applicant", "self-classification"],
)
def test_a_column_of_that_name_is_proposed(title):
    found = proposed_columns(["Id", "Name", title, "Applicant"])
    assert found["applicant_categories"] == title
    assert found["recipient_name"] == "Applicant"


def test_a_mapped_column_is_read_as_the_applicant_s(file):
    columns = {"reference": "Id", "title": "Name", "applicant_categories": "Chosen"}
    path = file("Id,Name,Chosen\nG-1,One,ARTS;SPORT\n")
    import_grants(path, mapping=Mapping(columns))
    assert {source for *_, source in labels()} == {"applicant"}


def test_the_grants_page_shows_the_source(client):
    label = LabelFactory(source="applicant", grant__reference="G-1")
    client.force_login(AdministratorFactory())
    (shown,) = grant_history(label.grant).labels
    assert shown.words == "From the applicant"
    page = client.get(f"/grants/{label.grant.pk}/").content.decode()
    assert "From the applicant" in page and label.category.label in page


def out(form, **options):
    return b"".join(start_export(ExportOrder("grants", form, **options)).pieces).decode("utf-8-sig")


def test_it_is_given_out_in_a_column_of_its_own_and_never_stands(categories):
    grant = GrantFactory()
    LabelFactory(grant=grant, category=categories["SPORT"], source="applicant")
    (row,) = csv.DictReader(io.StringIO(out("csv"), newline=""))
    assert (row["categories"], row["applicant_categories"], row["sources"]) == ("", "SPORT", "")
    line = json.loads(out("jsonl"))
    assert [c["code"] for c in line["applicant_categories"]] == ["SPORT"]
    assert line["categories"] == [] and line["outcomes"] == {}
