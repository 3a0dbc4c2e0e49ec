"""Importing a taxonomy: what becomes of the rows of a good file."""

import gzip
import io

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

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
from tests.factories import AdministratorFactory, GrantFactory, LabelFactory

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


WORDS = ("definition", "scope_note", "alt_labels", "include_pattern", "exclude_pattern")
WITHOUT_WORDS = {
    "codes and parents": "facet,code,label,broader\nSubject,SB02,Sports,\n",
    "codes alone": "facet,code,label\nSubject,SB02,Sports\n",
    "a column a level": "facet,code,level 1\nSubject,SB02,Sports\n",
    "indented": "[Subject]\nSB02 | Sports\n",
    "SKOS": "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
    '<urn:SB02> a skos:Concept ; skos:inScheme <urn:Subject> ; skos:prefLabel "Sports" .\n',
}


@pytest.mark.parametrize("shape", WITHOUT_WORDS)
def test_a_column_that_the_file_lacks_says_nothing(run, shape):
    run()
    before = Category.objects.values(*WORDS).get(code="SB02")
    assert all(before.values())
    assert counts(run(WITHOUT_WORDS[shape], choice="update")) == (0, 1, 0, 0)
    after = Category.objects.values("label", *WORDS).get(code="SB02")
    assert after == before | {"label": "Sports"}


def test_an_empty_cell_takes_the_words_away_and_is_counted(run):
    run()
    result = run(TREE.replace("Games.", "").replace("games; play ", ""))
    assert result.emptied == {"definition": 1, "alt_labels": 1}
    sport = Category.objects.get(code="SB02")
    assert (sport.definition, sport.alt_labels, sport.include_pattern) == ("", [], "\\bsport")


def test_a_file_without_parents_leaves_the_tree_as_it_is(run):
    run()
    before = tree()
    rows = "Subject,SB02,Sport\nSubject,SB0201,Football\nSubject,SB020101,Juniors\n"
    result = run("facet,code,label\n" + rows + "Population,PB01,Children\n")
    assert counts(result) == (0, 1, 3, 0)
    assert tree() == before
    run("facet,code,label\nSubject,SB020101,Boys\n", choice="update")
    assert set(tree()) == set(before)


def test_what_the_file_does_not_name_follows_what_it_moves_and_renames(run):
    run("facet,code,label,broader\nS,A,Above,\nS,B,Below,A\nS,C,Child,B\nS,X,Other,\nT,Y,Y,\n")
    Category.objects.filter(code="C").update(retired_at=timezone.now())
    run("facet,code,label,broader\nS,A,New name,X\nS,X,Other,\n", choice="update")
    top = Category.objects.get(code="X")
    within = (
        Category.objects.within(top)
        .order_by("level")
        .values_list("code", "path", "level", "ancestor_labels")
    )
    assert list(within) == [
        ("X", "X/", 1, []),
        ("A", "X/A/", 2, ["Other"]),
        ("B", "X/A/B/", 3, ["Other", "New name"]),
        ("C", "X/A/B/C/", 4, ["Other", "New name", "Below"]),
    ]
    run("facet,code,label,broader\nT,A,New name,Y\n", choice="update")
    assert {c.facet.code for c in Category.objects.filter(code__in="ABC")} == {"T"}


def test_an_update_may_stand_below_what_is_in_use(run):
    run()
    more = "facet,code,label,broader\nSubject,N,Netball,SB02\n"
    assert counts(run(more, choice="update")) == (1, 0, 0, 0)
    assert Category.objects.get(code="N").path == "SB02/N/"
    # Replaced, nothing of it would be left to stand below.
    with pytest.raises(ImportRefused, match="'SB02' is no category of this file"):
        run(more, choice="replace")


BELOW = {
    "Subject,SB02,Sport,SB020101": "leads back to the category itself (a cycle)",
    "Subject,N,New,PB01": "is a parent in another facet, 'Population'",
    "Subject,N,New,OLD": "is retired, and the file does not bring it back",
    "Subject,N,New,NOPE": "is no category of this file, or was left out itself",
}


@pytest.mark.parametrize("row", BELOW)
def test_an_update_is_held_against_the_whole_tree(run, row):
    run(TREE + "Subject,OLD,Old,,,,,,\n")
    Category.objects.filter(code="OLD").update(retired_at=timezone.now())
    before = tree()
    (fault,) = run(
        f"facet,code,label,broader\nPopulation,P,People,\n{row}\n", choice="update"
    ).faults
    assert fault.problem == BELOW[row]
    assert [line for line in tree() if line[0] != "P"] == before


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


def test_retiring_what_labels_and_decisions_hang_on_asks_for_a_choice(run):
    run()
    LabelFactory(category=Category.objects.get(code="PB01"))
    without = TREE.replace("Population,PB01,Children,,,,,,\n", "")
    with pytest.raises(ImportRefused, match="1 imported labels and 0 decisions of people hang"):
        run(without)
    assert Category.objects.active().count() == 4
    assert counts(run(without, choice="update")) == (0, 0, 3, 0)
    result = run(without, choice="replace")
    assert (result.n_retired, result.n_labels, result.n_decisions) == (1, 1, 0)


def test_a_facet_whose_categories_are_all_retired_is_asked_for_no_longer(run):
    run()
    Facet.objects.update(is_required=True)
    run("facet,code,label\nNew,N,New\n", choice="replace")
    assert [facet.code for facet in Facet.objects.current()] == ["New"]
    assert Facet.objects.count() == 3
    run(choice="update")
    assert {facet.code for facet in Facet.objects.current()} == {"Subject", "Population", "New"}


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
