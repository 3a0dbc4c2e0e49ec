"""Grants with one text are flagged on both sides, whatever way they came and went."""

import pytest

from annotation.models import Grant, ImportRun
from annotation.services.duplicates import flag_duplicates, flag_duplicates_of_new_grants
from annotation.services.import_grants import import_grants
from annotation.services.undo_import import undo_import
from tests.factories import AdministratorFactory, GrantFactory

pytestmark = pytest.mark.django_db
TEXT = "New heaters for the hall"


@pytest.fixture
def run(tmp_path):
    """``run(reference=text, ...)`` imports a file of these grants."""

    def run(**texts):
        path = tmp_path / "grants.csv"
        lines = (f"{reference},{text},\n" for reference, text in texts.items())
        path.write_text("reference,title,description\n" + "".join(lines))
        return import_grants(path)

    return run


def doubles():
    return {g.reference for g in Grant.objects.all() if "duplicate" in g.quality_flags}


def test_both_sides_are_flagged_within_one_file(run):
    run(a=TEXT, b=TEXT.upper() + "!", c="Another text that nobody else has")
    assert doubles() == {"a", "b"}
    assert Grant.objects.get(reference="b").quality_flags == ["capitals", "duplicate"]


def test_a_later_import_flags_the_grant_that_was_here(run):
    run(a=TEXT)
    assert doubles() == set()
    run(b=TEXT)
    assert doubles() == {"a", "b"}
    run(c=TEXT)
    assert doubles() == {"a", "b", "c"}


def test_importing_again_changes_no_flag(run):
    run(a=TEXT, b=TEXT)
    before = list(Grant.objects.values())
    run(a=TEXT, b=TEXT)
    assert list(Grant.objects.values()) == before


def test_a_text_that_changes_frees_its_double(run):
    run(a=TEXT, b=TEXT)
    Grant.objects.update(is_compared=True)
    run(a="A text that is quite another now")
    assert doubles() == set()
    assert not Grant.objects.get(reference="a").is_compared
    assert Grant.objects.get(reference="b").is_compared
    run(a=TEXT)
    assert doubles() == {"a", "b"}


def test_other_case_is_the_same_text_and_keeps_the_flag(run):
    run(a=TEXT, b=TEXT)
    Grant.objects.update(is_compared=True)
    run(b=TEXT.upper())
    assert Grant.objects.get(reference="b").quality_flags == ["capitals", "duplicate"]
    assert Grant.objects.get(reference="b").is_compared


def test_texts_without_words_are_no_duplicates(run):
    run(a="", b="", c="?", d="!")
    assert doubles() == set()


def test_undoing_an_import_frees_the_doubles_of_its_grants(run):
    run(a=TEXT, x=TEXT + " again", y=TEXT + " again")
    run(b=TEXT)
    undo_import(ImportRun.objects.latest("pk"), AdministratorFactory())
    assert doubles() == {"x", "y"}


def test_a_text_of_thousands_is_counted_once(django_assert_max_num_queries):
    GrantFactory.create_batch(1_200, text_key="k" * 32)
    with django_assert_max_num_queries(30):
        flag_duplicates_of_new_grants()
    assert len(doubles()) == 1_200
    with django_assert_max_num_queries(6):
        flag_duplicates_of_new_grants()


def test_only_wrong_flags_are_written(django_assert_num_queries):
    GrantFactory(text_key="a", quality_flags=["contact"])
    with django_assert_num_queries(2):
        assert flag_duplicates(["a"]) == set()
    GrantFactory(text_key="a")
    assert flag_duplicates(["a", ""]) == {"a"}
    flags = Grant.objects.order_by("pk").values_list("quality_flags", flat=True)
    assert list(flags) == [["duplicate", "contact"], ["duplicate"]]
