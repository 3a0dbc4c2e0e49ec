"""An uploaded file's way: kept, checked, mapped, confirmed, imported, undone, taken up again."""

import stat
import uuid
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from annotation.errors import ImportRefused, ImportStopped, NotAllowed
from annotation.importers.grant_rows import Mapping
from annotation.management.commands import run_import
from annotation.models import (
    AuditEvent,
    Category,
    Grant,
    ImportRun,
    Label,
    MappingProfile,
    QueueItem,
    ReplacedLabel,
    TaxonomyRelease,
)
from annotation.services import imports
from annotation.services.carry_out_import import carry_out_import
from annotation.services.forgotten_uploads import KEPT, cancel_forgotten_uploads
from annotation.services.import_grants import import_grants
from annotation.services.import_taxonomy import import_taxonomy
from annotation.services.undo_import import (
    begin_undo,
    carry_out_undo,
    take_undo,
    undo_import,
    why_not_undone,
)
from classie_site import imports as site_imports
from classie_site.tasks import run_waiting_imports
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    FacetFactory,
    GrantFactory,
    SuggestionFactory,
    TaxonomyFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
State = ImportRun.State
HEADER = "reference,title,description,categories\n"
TAXONOMY = "facet,code,label\nSubject,A,Arts\nSubject,B,Books\n"


@pytest.fixture(autouse=True)
def store(settings, tmp_path):
    settings.IMPORT_STORE = tmp_path / "imports"


@pytest.fixture
def admin():
    return AdministratorFactory()


@pytest.fixture
def upload(admin):
    def upload(content, kind="grants", name="grants.csv", **more):
        content = content if isinstance(content, bytes) else content.encode()
        return imports.keep_upload(admin, kind=kind, name=name, chunks=[content], **more)

    return upload


def work(run=None):
    """What the worker does with the next file; a run that is given is looked at afterwards."""
    taken = imports.take_import()
    assert taken is not None
    carry_out_import(taken, tick=lambda: None)
    taken.refresh_from_db()
    return taken


def rows(n, start=0, categories=""):
    return "".join(f"G-{k},Title {k},Some text,{categories}\n" for k in range(start, start + n))


def test_an_upload_is_kept_privately_under_its_number(upload, settings):
    run = upload(HEADER, name="../../etc/pass\nwd\0.csv")
    assert run.path == settings.IMPORT_STORE / str(run.pk)
    assert stat.S_IMODE(run.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(settings.IMPORT_STORE.stat().st_mode) == 0o700
    assert run.file_name == "pass␣wd␣.csv"
    assert run.upload_size == len(HEADER)


@pytest.mark.parametrize("name", ["x" * 300, "con.csv", "‮txt.exe", "", "a/b\\c.csv"])
def test_any_file_name_is_only_shown(upload, name):
    run = upload(HEADER, name=name)
    assert 0 < len(run.file_name) <= 255
    assert run.path.name == str(run.pk)


def test_annotators_import_nothing():
    with pytest.raises(NotAllowed):
        imports.keep_upload(UserFactory(), kind="grants", name="x", chunks=[])
    assert not ImportRun.objects.exists()


def test_a_check_counts_and_stores_nothing(upload):
    upload(HEADER + rows(3) + "G-1,Again,,\n")
    run = work()
    assert run.state == State.CHECKED
    assert (run.rows_created, run.rows_faulty) == (3, 1)
    assert run.faults == [[5, "reference", "G-1", "stands in row 3 already", False]]
    assert not Grant.objects.exists() and not QueueItem.objects.exists()


def test_a_check_says_what_the_import_then_does(upload, admin):
    CategoryFactory(code="A")
    upload(HEADER + rows(40, categories="A"))
    run = work()
    said = run.rows_created, run.preview["labels"]
    imports.confirm_import(run, admin)
    done = work()
    assert done.state == State.DONE
    assert (done.rows_created, done.preview["labels"]) == said == (40, 40)
    assert Grant.objects.filter(import_run=done).count() == 40
    assert not done.path.exists()
    # Again: nothing would change, and nothing does.
    upload(HEADER + rows(40, categories="A"))
    again = work()
    assert (again.rows_created, again.rows_unchanged, again.preview["labels"]) == (0, 40, 0)


def test_a_check_names_what_the_file_would_take_away(upload, admin):
    GrantFactory(reference="G-1", amount_awarded=5, currency="AUD", recipient_name="Club")
    upload("reference,title,description,amount_awarded,recipient_name\nG-1,New,Text,,\n")
    run = work()
    assert run.preview["emptied"] == [["amount awarded", 1], ["currency", 1], ["recipient name", 1]]
    assert Grant.objects.get().amount_awarded == 5
    upload("reference,title,description\nG-1,New,Text\n")
    assert work().preview["emptied"] == []


def test_a_file_that_is_refused_says_why_and_is_deleted(upload):
    upload(b"%PDF-1.7 ...")
    run = work()
    assert run.state == State.FAILED
    assert run.error == "grants.csv is a PDF. Save the table in it as CSV UTF-8 or .xlsx."
    assert not run.path.exists()


def test_columns_are_asked_for_mapped_and_kept_as_a_profile(upload, admin):
    content = "No,Heading\nG-1,Swim\n"
    upload(content)
    run = work()
    assert run.state == State.COLUMNS
    assert (run.header, run.samples) == (["No", "Heading"], [["G-1", "Swim"]])
    mapping = Mapping({"reference": "No", "title": "Heading"})
    imports.map_columns(run, admin, mapping, "Weekly")
    run = work()
    assert (run.state, run.rows_created) == (State.CHECKED, 1)
    imports.confirm_import(run, admin)
    assert work().state == State.DONE
    assert Grant.objects.get().title == "Swim"
    assert imports.profile_for(["Heading", "No"]) == MappingProfile.objects.get()


def test_a_mapping_of_columns_that_are_not_there_is_refused(upload, admin):
    upload("No,Heading\n")
    run = work()
    with pytest.raises(ImportRefused, match="has no column 'Other'"):
        imports.map_columns(run, admin, Mapping({"reference": "Other"}))
    with pytest.raises(ImportRefused, match="no column 'password' of ours"):
        imports.map_columns(run, admin, Mapping({"password": "No"}))


def test_only_a_checked_file_is_imported(upload, admin):
    run = upload(HEADER + rows(1))
    with pytest.raises(ImportRefused, match="is waiting to be checked"):
        imports.confirm_import(run, admin)
    run = work()
    imports.confirm_import(run, admin)
    with pytest.raises(ImportRefused, match="is waiting to be imported"):
        imports.confirm_import(run, admin)


def test_one_uploaded_file_is_imported_at_a_time(upload):
    upload(HEADER), upload(HEADER)
    with pytest.raises(IntegrityError, match=r"one_uploaded_file|UNIQUE"):
        ImportRun.objects.update(state=State.IMPORTING)


def test_a_silent_worker_s_import_is_taken_up_again_and_its_old_attempt_is_fenced(upload):
    upload(HEADER + rows(1))
    first = imports.take_import()
    assert imports.take_import() is None
    assert not imports.import_waits()
    long_ago = timezone.now() - timedelta(minutes=3)
    ImportRun.objects.update(heartbeat_at=long_ago)
    assert imports.import_waits()
    second = imports.take_import()
    assert (second.pk, second.attempt) == (first.pk, 2)
    with pytest.raises(ImportStopped):
        imports.beat(first)
    imports.beat(second)
    imports.fail_import(first, "of the old one")
    assert ImportRun.objects.get().state == State.CHECKING


def test_after_three_deaths_an_import_is_given_up(upload):
    upload(HEADER)
    for _ in range(3):
        imports.give_back(imports.take_import())
    assert imports.take_import() is None
    assert ImportRun.objects.get().error.startswith("Its worker died 3 times")


def test_a_file_is_checked_while_a_confirmed_one_waits_for_another(upload, admin):
    first, second = upload(HEADER + rows(1)), upload(HEADER + rows(1, start=1))
    work(), work()
    imports.confirm_import(first, admin)
    imports.confirm_import(second, admin)
    importing = imports.take_import()
    assert importing == first
    assert not imports.import_waits()
    third = upload(HEADER + rows(1, start=2))
    assert imports.import_waits()
    assert work() == third
    assert imports.take_import() is None
    carry_out_import(importing, tick=lambda: None)
    assert imports.take_import() == second


class Killed(Exception):
    pass


def test_killed_in_the_middle_and_taken_up_again_nothing_is_missing_or_doubled(upload, admin):
    CategoryFactory(code="A")
    upload(HEADER + rows(1300, categories="A"))
    run = work()
    imports.confirm_import(run, admin)
    taken, calls = imports.take_import(), []

    def kill(n, read):
        calls.append(n)
        if n >= 1000:
            raise Killed

    with pytest.raises(Killed):
        import_grants(taken.path, run=taken, progress=kill)
    assert Grant.objects.count() == 500
    imports.give_back(taken)
    done = work()
    assert (done.state, done.attempt) == (State.DONE, 2)
    assert (done.rows_created, done.rows_unchanged) == (1300, 0)
    assert Grant.objects.count() == Label.objects.count() == 1300


def test_a_stopped_import_ends_at_its_next_report(upload, admin, monkeypatch):
    upload(HEADER + rows(1300))
    run = work()
    imports.confirm_import(run, admin)
    taken = imports.take_import()
    imports.cancel_import(taken, admin)
    carry_out_import(taken, tick=lambda: None)
    taken.refresh_from_db()
    assert taken.state == State.CANCELLED
    assert Grant.objects.count() < 1300


def test_a_child_that_lives_after_stop_and_undo_writes_nothing_more(upload, admin):
    upload(HEADER + rows(1300))
    imports.confirm_import(work(), admin)
    taken = imports.take_import()

    def stop(n, read):
        if n >= 1000:
            imports.cancel_import(taken, admin)
            undo_import(taken, admin)

    with pytest.raises(ImportStopped):
        import_grants(taken.path, run=taken, progress=stop)
    assert not Grant.objects.exists()
    assert ImportRun.objects.get().state == State.UNDONE


def test_a_taxonomy_that_was_stopped_is_not_written(upload, admin):
    upload(TAXONOMY, kind="taxonomy", name="t.csv")
    imports.confirm_import(work(), admin)
    taken = imports.take_import()
    imports.cancel_import(taken, admin)
    taken.path.write_text(TAXONOMY)
    with pytest.raises(ImportStopped):
        import_taxonomy(taken.path, run=taken)
    assert not Category.objects.exists()


@transaction.atomic
def carry_out_without_a_queue(run):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE annotation_queueitem RENAME TO elsewhere")
    carry_out_import(run, tick=lambda: None)


def test_a_fault_of_the_database_loses_neither_file_nor_place(upload, admin):
    upload(HEADER + rows(3))
    imports.confirm_import(work(), admin)
    taken = imports.take_import()
    with pytest.raises(DatabaseError):
        carry_out_without_a_queue(taken)
    site_imports._settle(taken, run_import.TRY_AGAIN)
    assert ImportRun.objects.get().state == State.CONFIRMED
    assert taken.path.exists()
    assert work().rows_created == 3


def test_an_undo_takes_back_what_the_import_created(upload, admin):
    kept = CategoryFactory(code="A")
    upload(HEADER + rows(2, start=100))
    imports.confirm_import(work(), admin)
    earlier = work()
    upload(HEADER + rows(5) + "G-100,Changed,,A\n")
    imports.confirm_import(work(), admin)
    run = work()
    SuggestionFactory(grant=Grant.objects.get(reference="G-1"), category=kept)
    assert (run.rows_created, run.rows_updated) == (5, 1)
    assert undo_import(run, admin) == 5
    assert set(Grant.objects.values_list("import_run", flat=True)) == {earlier.pk}
    assert not Label.objects.exists()
    assert QueueItem.objects.count() == 2
    run.refresh_from_db()
    assert run.state == State.UNDONE
    assert AuditEvent.objects.filter(action="import undo begun", actor=admin).exists()
    with pytest.raises(ImportRefused, match="It is undone"):
        undo_import(run, admin)


@pytest.fixture
def imported(upload, admin):
    def imported(content):
        upload(HEADER + content)
        imports.confirm_import(work(), admin)
        return work()

    return imported


def labels():
    """Codes by grant, each with the import that had brought it."""
    found = Label.objects.values_list("grant__reference", "category__code", "import_run")
    return set(found)


@pytest.fixture
def codes():
    return [CategoryFactory(code=code) for code in "ABCD"]


def test_an_undo_puts_back_the_labels_that_the_import_had_replaced(imported, admin, codes):
    first = imported("G-1,One,Text,A;B\n")
    second = imported("G-1,One,Text,B;C\nG-2,Two,Text,\n")
    assert labels() == {("G-1", "B", first.pk), ("G-1", "C", second.pk)}
    undo_import(second, admin)
    assert labels() == {("G-1", "A", first.pk), ("G-1", "B", first.pk)}
    assert not QueueItem.objects.exists()
    assert not ReplacedLabel.objects.exists()


CHOSEN = "reference,title,description,categories,applicant_categories\n"


def test_what_applicants_chose_is_replaced_and_put_back_by_itself(upload, admin, codes):
    def chosen(content):
        upload(CHOSEN + content)
        imports.confirm_import(work(), admin)
        return work()

    first = chosen("G-1,One,Text,A,B\n")
    second = chosen("G-1,One,Text,B,\nG-2,Two,Text,,\n")
    third = chosen("G-1,One,Text,,C\nG-3,Three,Text,,\n")
    came = Label.objects.values_list("source", "category__code", "import_run")
    assert set(came.all()) == {("imported", "B", second.pk), ("applicant", "C", third.pk)}
    undo_import(second, admin)
    assert set(came.all()) == {("imported", "A", first.pk), ("applicant", "C", third.pk)}
    undo_import(third, admin)
    assert set(came.all()) == {("imported", "A", first.pk), ("applicant", "B", first.pk)}
    assert not ReplacedLabel.objects.exists()


def test_a_grant_with_nothing_but_its_applicant_s_choice_waits_after_an_undo(upload, admin, codes):
    upload(CHOSEN + "G-1,One,Text,,B\n")
    imports.confirm_import(work(), admin)
    work()
    QueueItem.objects.all().delete()
    upload(CHOSEN + "G-1,One,Text,A,\nG-2,Two,Text,,\n")
    imports.confirm_import(work(), admin)
    undo_import(work(), admin)
    assert Label.objects.get().source == Label.Source.APPLICANT
    assert QueueItem.objects.get().grant.reference == "G-1"


def test_a_worker_undoes_in_batches_and_goes_on_where_another_fell_silent(imported, admin):
    run = imported(rows(1200))
    begun = begin_undo(run, admin)
    assert imports.import_waits()
    with pytest.raises(ImportRefused, match="is being undone"):
        begin_undo(run, admin)
    with pytest.raises(ImportRefused, match="is being undone"):
        imports.cancel_import(run, admin)
    first = take_undo()
    assert take_undo() is None
    with pytest.raises(ImportStopped):
        carry_out_undo(begun)  # its attempt is outdated
    ImportRun.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=3))
    assert site_imports.run_waiting_imports() == 1
    with pytest.raises(ImportStopped):
        carry_out_undo(first)
    assert not Grant.objects.exists()
    assert ImportRun.objects.get().state == State.UNDONE
    assert not imports.import_waits()


def test_what_people_take_up_after_an_undo_began_is_kept(imported, admin):
    run = begin_undo(imported(rows(3)), admin)
    grant = Grant.objects.get(reference="G-1")
    QueueItem.objects.filter(grant=grant).update(
        claimed_by=admin, claim=uuid.uuid4(), claimed_until=timezone.now() + timedelta(minutes=9)
    )
    assert carry_out_undo(take_undo()) == 2
    run.refresh_from_db()
    assert (run.state, Grant.objects.get()) == (State.DONE, grant)
    assert run.error == "Its undo has kept 1 grants that people took up meanwhile."


def test_an_undo_in_the_middle_leaves_what_came_later_and_its_undo_goes_back_further(
    imported, admin, codes
):
    first = imported("G-1,One,Text,A\n")
    second = imported("G-1,One,Text,B\nG-2,Two,Text,\n")
    third = imported("G-1,One,Text,C\nG-3,Three,Text,\n")
    undo_import(second, admin)
    assert labels() == {("G-1", "C", third.pk)}
    undo_import(third, admin)
    assert labels() == {("G-1", "A", first.pk)}


def test_a_grant_that_an_undo_leaves_without_labels_waits(imported, admin, codes):
    first = imported("G-1,One,Text,A\n")
    second = imported("G-1,One,Text,B\nG-2,Two,Text,\n")
    ReplacedLabel.objects.all().delete()  # as of an import before they were kept
    undo_import(second, admin)
    assert not labels()
    assert QueueItem.objects.get().grant.import_run == first


def test_an_import_that_somebody_annotated_is_not_undone(upload, admin):
    from annotation.models import Annotation

    release = TaxonomyFactory().release
    upload(HEADER + rows(2))
    imports.confirm_import(work(), admin)
    run = work()
    grant = Grant.objects.first()
    Annotation.objects.create(
        grant=grant, annotator=admin, taxonomy_release=release, stream="new", content_sha256="0"
    )
    with pytest.raises(ImportRefused, match="1 of its grants have been annotated"):
        undo_import(run, admin)
    assert Grant.objects.count() == 2


def test_an_import_that_somebody_has_open_is_not_undone(upload, admin):
    from annotation.services.queue import claim_next_grant

    FacetFactory()
    upload(HEADER + rows(2))
    imports.confirm_import(work(), admin)
    run = work()
    claim_next_grant(admin)
    assert why_not_undone(run).startswith("Somebody has one of its grants open")
    with pytest.raises(NotAllowed):
        undo_import(run, UserFactory())


def test_an_upload_that_nobody_imports_is_deleted_after_a_week(upload):
    upload(HEADER + rows(1)), upload("No,Heading\nG-1,Swim\n"), upload(HEADER + rows(1))
    checked, columns, fresh = work(), work(), work()
    long_ago = timezone.now() - KEPT
    ImportRun.objects.filter(pk__in=[checked.pk, columns.pk]).update(taken_at=long_ago)
    assert run_waiting_imports() == 0
    for run in (checked, columns):
        run.refresh_from_db()
        assert run.state == State.CANCELLED
        assert run.error == "Nobody imported it within 7 days, so the file is deleted."
        assert run.samples == []
    fresh.refresh_from_db()
    assert fresh.state == State.CHECKED
    assert fresh.path.exists()


def test_a_forgotten_file_is_deleted_when_its_row_is_written(
    upload, django_capture_on_commit_callbacks
):
    upload(HEADER + rows(1))
    run = work()
    ImportRun.objects.update(taken_at=timezone.now() - KEPT)
    with django_capture_on_commit_callbacks(execute=True):
        assert cancel_forgotten_uploads() == 1
    assert not run.path.exists()
    assert cancel_forgotten_uploads() == 0


def taxonomy_in_use(tmp_path):
    path = tmp_path / "first.csv"
    path.write_text(TAXONOMY)
    import_taxonomy(path)


@pytest.mark.parametrize(("choice", "active"), [("update", {"A", "B", "X"}), ("replace", {"X"})])
def test_a_second_taxonomy_asks_what_to_do(upload, admin, tmp_path, choice, active):
    taxonomy_in_use(tmp_path)
    upload("facet,code,label\nSubject,X,Other\n", kind="taxonomy", name="t.csv")
    run = work()
    assert run.preview["asks"] and not run.preview["shares_codes"]
    assert (run.rows_created, run.preview["missing"]) == (1, 2)
    assert Category.objects.count() == 2
    with pytest.raises(ImportRefused, match="Choose what shall happen"):
        imports.confirm_import(run, admin)
    imports.confirm_import(run, admin, choice)
    assert work().state == State.DONE
    assert {c.code for c in Category.objects.active()} == active


def test_the_same_taxonomy_again_asks_nothing_and_changes_nothing(upload, admin, tmp_path):
    taxonomy_in_use(tmp_path)
    upload(TAXONOMY, kind="taxonomy", name="t.csv")
    run = work()
    assert not run.preview["asks"]
    assert (run.rows_created, run.rows_updated, run.rows_unchanged) == (0, 0, 2)


def test_a_check_says_what_stands_below_categories_that_the_file_does_not_name(upload, tmp_path):
    taxonomy_in_use(tmp_path)
    before = list(Category.objects.values())
    upload("facet,code,label,broader\nSubject,A,New,\nSubject,X,Other,B\n", kind="taxonomy")
    run = work()
    assert (run.rows_created, run.rows_updated) == (1, 1)
    assert (run.preview["below"], run.preview["missing"]) == (1, 1)
    assert list(Category.objects.values()) == before
    assert not TaxonomyRelease.objects.filter(number=2).exists()


def test_an_old_dry_run_of_a_taxonomy_is_not_applied(upload, admin, tmp_path):
    taxonomy_in_use(tmp_path)
    upload("facet,code,label\nSubject,A,New arts\n", kind="taxonomy", name="t.csv")
    run = work()
    imports.confirm_import(run, admin, "replace")
    path = tmp_path / "second.csv"
    path.write_text(TAXONOMY + "Subject,C,Crafts\n")
    import_taxonomy(path)
    assert work().error.startswith("The taxonomy has changed since the dry run")
    assert Category.objects.active().count() == 3


def test_an_own_taxonomy_waits_for_the_demonstration_to_be_removed(upload, tmp_path):
    path = tmp_path / "demo.csv"
    path.write_text(TAXONOMY)
    import_taxonomy(path, is_demonstration=True)
    upload(TAXONOMY, kind="taxonomy", name="t.csv")
    assert "Remove it first" in work().error
