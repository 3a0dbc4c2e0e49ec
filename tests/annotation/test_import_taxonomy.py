"""Importing a taxonomy: what becomes of the rows of a good file."""

import gzip
import io

import pytest
from django.core.management import CommandError, call_command

from annotation.errors import ImportRefused
from annotation.models import (
    AuditEvent,
    Category,
    Facet,
    Grant,
    ImportRun,
    ModelVersion,
    Taxonomy,
    TaxonomyRelease,
)
from annotation.services.import_taxonomy import import_taxonomy
from tests.factories import AdministratorFactory, GrantFactory

pytestmark = pytest.mark.django_db
TREE = """\
facet,code,label,broader,definition,scope_note,alt_labels,include_pattern,exclude_pattern
Subject,SB02,Sport,,Games.,Not arts.,games; play ,\\bsport,\\bspoils
Subject,SB0201,Football,SB02,,,,,
Subject,SB020101,Junior football,SB0201,,,,,
Population,PB01,Children,,,,,,
"""


@pytest.fixture
def run(tmp_path):
    """Writes a file and imports it."""

    def run(content=TREE, **more):
        path = tmp_path / "taxonomy.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return import_taxonomy(path, **more)

    return run


def counts(result):
    return result.n_created, result.n_updated, result.n_unchanged, result.n_retired


def tree():
    return list(Category.objects.order_by("position").values_list("code", "path", "level"))


def test_categories_keep_what_the_file_says(run):
    assert counts(run()) == (4, 0, 0, 0)
    sport = Category.objects.get(code="SB02")
    assert (sport.label, sport.definition, sport.scope_note) == ("Sport", "Games.", "Not arts.")
    assert sport.alt_labels == ["games", "play"]
    assert (sport.include_pattern, sport.exclude_pattern) == ("\\bsport", "\\bspoils")


def test_the_tree_has_paths_levels_and_ancestors(run):
    run()
    assert tree() == [
        ("SB02", "SB02/", 1),
        ("SB0201", "SB02/SB0201/", 2),
        ("SB020101", "SB02/SB0201/SB020101/", 3),
        ("PB01", "PB01/", 1),
    ]
    junior = Category.objects.get(code="SB020101")
    assert junior.broader.code == "SB0201"
    assert junior.ancestor_labels == ["Sport", "Football"]


def test_a_parent_may_stand_below_its_child(run):
    run("facet,code,label,broader\nS,B,Below,A\nS,A,Above,\n")
    assert tree() == [("B", "A/B/", 2), ("A", "A/", 1)]


def test_facets_come_in_the_file_s_order_and_population_knows_the_general_public(run):
    run()
    assert list(Facet.objects.values_list("code", "label", "has_general_public")) == [
        ("Subject", "Subject", False),
        ("Population", "Population", True),
    ]


def test_the_first_import_is_the_taxonomy_in_use_with_a_release_and_a_matcher(run):
    run(by=AdministratorFactory(username="root"))
    taxonomy = Taxonomy.objects.current()
    assert (taxonomy.name, taxonomy.release.number) == ("taxonomy", 1)
    assert ModelVersion.objects.active().is_lexical
    stored = ImportRun.objects.get()
    assert (stored.kind, stored.rows_created, stored.file_name) == ("taxonomy", 4, "taxonomy.csv")
    assert stored.finished_at >= stored.started_at
    assert AuditEvent.objects.get(action="taxonomy imported").actor.username == "root"


def test_the_same_file_again_changes_nothing(run):
    run()
    before = list(Category.objects.values())
    assert counts(run()) == (0, 0, 4, 0)
    assert list(Category.objects.values()) == before
    assert TaxonomyRelease.objects.count() == 1
    assert ModelVersion.objects.count() == 1


def test_a_changed_row_updates_its_category_and_makes_a_release(run):
    run()
    key = Category.objects.get(code="PB01").pk
    assert counts(run(TREE.replace("Children", "Kids"))) == (0, 1, 3, 0)
    assert Category.objects.get(pk=key).label == "Kids"
    taxonomy = Taxonomy.objects.current()
    assert taxonomy.release.number == 2
    assert len(set(taxonomy.releases.values_list("content_sha256", flat=True))) == 2


def test_a_new_label_of_a_parent_reaches_everything_below(run):
    run()
    assert run(TREE.replace("Sport,,", "Sports,,")).n_updated == 3
    assert Category.objects.get(code="SB020101").ancestor_labels == ["Sports", "Football"]


def test_a_moved_branch_keeps_its_keys_and_changes_its_paths(run):
    run()
    before = dict(Category.objects.values_list("code", "pk"))
    run(TREE.replace("Football,SB02,", "Football,,"))
    assert dict(Category.objects.values_list("code", "pk")) == before
    assert Category.objects.get(code="SB020101").path == "SB0201/SB020101/"


def test_a_category_that_the_file_no_longer_names_is_retired_and_comes_back(run):
    run()
    without = TREE.replace("Population,PB01,Children,,,,,,\n", "")
    assert counts(run(without)) == (0, 0, 3, 1)
    assert Category.objects.get(code="PB01").retired_at
    assert counts(run(without)) == (0, 0, 3, 0)
    assert counts(run()) == (0, 1, 3, 0)
    assert Category.objects.get(code="PB01").retired_at is None


@pytest.mark.parametrize("bad", ["Population,PB01,,,,,,,", "Population,PB01,Children", '"x"y,'])
def test_a_file_with_a_row_left_out_retires_nothing(run, bad):
    run()
    result = run(TREE.replace("Population,PB01,Children,,,,,,", bad))
    assert len(result.faults) == 1
    assert result.n_retired == 0
    assert not Category.objects.exclude(retired_at=None).exists()


def test_a_bad_parent_does_not_retire_what_is_below_it(run):
    run()
    result = run(TREE.replace("SB0201,Football", "SB0201,"))
    assert [fault.row for fault in result.faults] == [3, 4]
    assert not Category.objects.exclude(retired_at=None).exists()


def test_a_refused_pattern_is_a_note_and_retires_what_is_gone_all_the_same(run):
    run()
    changed = TREE.replace("\\bspoils", "(").replace("Population,PB01,Children,,,,,,\n", "")
    assert run(changed).n_retired == 1


def test_new_words_make_the_matcher_read_every_grant_again(run):
    run()
    lexical = ModelVersion.objects.get()
    trained = ModelVersion.objects.create(taxonomy=lexical.taxonomy, status="failed")
    by_words, learned = (GrantFactory(scored_by=v) for v in (lexical, trained))
    run()
    assert by_words not in Grant.objects.not_scored_by(lexical)
    run(TREE.replace("Children", "Kids"))
    assert by_words in Grant.objects.not_scored_by(lexical)
    learned.refresh_from_db()
    assert learned.scored_by == trained


def test_what_a_trained_version_has_read_is_not_read_again_for_new_words(run):
    run()
    lexical = ModelVersion.objects.get()
    ModelVersion.objects.update(status="retired")
    trained = ModelVersion.objects.create(
        taxonomy=lexical.taxonomy, status="active", artifact_sha256="0" * 64
    )
    by_words = GrantFactory(scored_by=lexical)
    GrantFactory(scored_by=trained)
    run(TREE.replace("Children", "Kids"))
    assert list(Grant.objects.not_scored_by(trained)) == [by_words]
    assert by_words in Grant.objects.not_scored_by(lexical)


def test_an_import_leaves_a_trained_active_version_alone(run):
    run()
    ModelVersion.objects.update(status="retired")
    trained = ModelVersion.objects.create(
        taxonomy=Taxonomy.objects.get(), status="active", artifact_sha256="0" * 64
    )
    run(TREE.replace("Children", "Kids"))
    assert ModelVersion.objects.active() == trained


def test_plain_gzip_and_bom_read_the_same(run):
    run(TREE)
    assert counts(run(gzip.compress(TREE.encode()))) == (0, 0, 4, 0)
    assert counts(run(b"\xef\xbb\xbf" + TREE.encode())) == (0, 0, 4, 0)
    assert counts(run(TREE.replace("\n", "\r\n"))) == (0, 0, 4, 0)
    assert counts(run(TREE.replace("\n", "\r"))) == (0, 0, 4, 0)


def test_another_taxonomy_is_refused_while_one_is_in_use(run):
    run()
    with pytest.raises(ImportRefused, match=r"shares no code with the taxonomy in use, taxonomy"):
        run("facet,code,label\nS,X,Another\n")
    assert Category.objects.count() == 4
    assert ImportRun.objects.count() == 1


def test_an_own_taxonomy_is_refused_while_the_demonstration_is_loaded(run):
    run(is_demonstration=True)
    with pytest.raises(ImportRefused, match="Remove it first"):
        run()
    assert Taxonomy.objects.get().is_demonstration


def test_a_tree_too_deep_to_store_is_refused_as_a_whole(run):
    rows = [f"S,{n:020},Level {n},{f'{n - 1:020}' if n else ''}" for n in range(30)]
    with pytest.raises(ImportRefused, match=r"Row 25: 0+23 lies too deep in the tree"):
        run("facet,code,label,broader\n" + "\n".join(rows))
    assert not Taxonomy.objects.exists()


def test_the_command_says_what_became_of_the_file(tmp_path):
    path, out, err = tmp_path / "t.csv", io.StringIO(), io.StringIO()
    path.write_text(TREE + "Subject,,Nameless,,,,,,\n")
    call_command("import_taxonomy", "--in-this-process", str(path), stdout=out, stderr=err)
    assert out.getvalue() == (
        "4 categories created, 0 updated, 0 unchanged, 0 retired; 1 findings.\n"
    )
    assert err.getvalue() == "row 6, code: '' is empty (left out)\n"


def test_the_command_fails_in_words(tmp_path):
    with pytest.raises(CommandError, match="cannot be opened: No such file"):
        call_command("import_taxonomy", "--in-this-process", str(tmp_path / "nowhere.csv"))
