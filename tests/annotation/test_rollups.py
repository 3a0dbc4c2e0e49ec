"""Figures kept beside what they count: right after every deed, and put right when they are not."""

import pytest
from django.core.management import call_command
from django.utils import timezone

from annotation.models import (
    Category,
    CategoryRollup,
    Grant,
    GrantRollup,
)
from annotation.services.demonstration import load_demonstration, remove_demonstration
from annotation.services.duplicates import flag_duplicates_of_new_grants
from annotation.services.import_grants import import_grants
from annotation.services.model_versions import ensure_lexical_version
from annotation.services.rollup_check import put_right
from annotation.services.rollups import recount
from tests.annotation.random_history import History
from tests.annotation.rollups_by_hand import assert_right, stored
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    GrantFactory,
    LabelFactory,
    SuggestionFactory,
    decide,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seed", range(2))
def test_they_are_right_after_any_history(seed, tmp_path):
    history = History(seed, tmp_path)
    for _ in range(3):
        history.go(20)
        assert_right()
    drift = put_right()
    assert (drift.grants, drift.categories) == ([], {})


def test_a_rebuild_says_what_differed_and_puts_it_right(tmp_path, capsys):
    History(7, tmp_path).go(10)
    right = stored()
    wrong = CategoryRollup.objects.filter(examples__gt=0).order_by("pk").first()
    CategoryRollup.objects.filter(pk=wrong.pk).update(examples=0, left=9, reviewed_at=None)
    lost = GrantRollup.objects.filter(is_labelled=True).order_by("pk").first()
    GrantRollup.objects.filter(pk=lost.pk).update(examples=[], is_labelled=False)
    call_command("rebuild_rollups")
    said = capsys.readouterr().out
    assert f"{wrong.category.code}: examples " in said
    assert "1 grants and" in said and "have been put right" in said
    assert stored() == right
    assert_right()
    call_command("rebuild_rollups")
    assert capsys.readouterr().out == "Nothing differed.\n"


def test_they_are_made_from_nothing(tmp_path):
    """As on a site that had grants before there were rollups."""
    History(8, tmp_path).go(10)
    right = stored()
    GrantRollup.objects.all().delete()
    CategoryRollup.objects.all().delete()
    assert put_right()
    assert stored() == right
    assert not put_right()


def test_what_is_retired_is_waited_for_no_longer():
    waiting = SuggestionFactory(grant=GrantFactory(queued=True), is_ticked=True)
    figures = CategoryRollup.objects.filter(category=waiting.category)
    assert figures.get().pending == 1
    waiting.category.retired_at = timezone.now()
    waiting.category.save()
    assert put_right()
    assert figures.get().pending == 0
    assert_right()


def test_who_annotates_before_a_moved_category_is_counted_anew_takes_out_what_was_put_in():
    """What a grant adds where its category stood is known, whatever stands above it by now."""
    old, new = CategoryFactory(code="OLD"), CategoryFactory(code="NEW")
    category = CategoryFactory(code="MOVED", broader=old)
    label = LabelFactory(grant=GrantFactory(), category=category)
    LabelFactory(grant=GrantFactory(), category=category)
    category.broader = new
    category.path = f"{new.path}MOVED/"
    category.save()
    label.delete()
    recount([label.grant_id])
    below = dict(CategoryRollup.objects.values_list("category__code", "with_below"))
    assert {code: n for code, n in below.items() if n} == {"OLD": 1, "MOVED": 1}
    assert put_right()
    assert_right()


def test_a_category_that_moves_amid_a_count_is_counted_once_by_the_next():
    """The rows are read by then, and the figures are not."""
    old, new = CategoryFactory(code="OLD"), CategoryFactory(code="NEW")
    category = CategoryFactory(code="MOVED", broader=old)
    LabelFactory(grant=GrantFactory(), category=category)
    assert_right()
    parts = iter(["rows", "figures"])

    def move():
        if next(parts) == "figures":
            category.broader = new
            category.path = f"{new.path}MOVED/"
            category.save()

    assert not put_right(move)
    drift = put_right()
    assert (len(drift.grants), drift.categories) == (1, {})
    assert_right()


def test_what_was_read_before_the_whole_import_was_there_waits_with_nothing(tmp_path, monkeypatch):
    """A worker reads while the file comes in; the end of it has those grants read anew."""
    category = CategoryFactory()
    version = ensure_lexical_version(category.taxonomy)

    def read_all():
        flag_duplicates_of_new_grants()
        for grant in Grant.objects.all():
            SuggestionFactory(grant=grant, category=category, model_version=version)

    monkeypatch.setattr(f"{import_grants.__module__}.flag_duplicates_of_new_grants", read_all)
    path = tmp_path / "grants.csv"
    path.write_text("reference,title,description\nG-1,Tea,For all\nG-2,Hall,For all\n")
    import_grants(path)
    assert not Grant.objects.exclude(scored_by=None).exists()
    assert CategoryRollup.objects.get(category=category).pending == 0
    assert_right()


def test_new_grants_are_counted_as_those_that_were_there(tmp_path):
    """The short way of a first import and the long way of a second one agree."""
    top = CategoryFactory(code="TOP")
    CategoryFactory(code="DEEP", broader=CategoryFactory(code="MID", broader=top))
    decide(audit_share=0.4)
    path = tmp_path / "grants.csv"
    lines = [f"G-{n},Title {n},Text,{'MID;DEEP' if n % 3 else 'TOP'}" for n in range(30)]
    path.write_text("reference,title,description,categories\n" + "\n".join(lines) + "\n")
    import_grants(path)
    assert {s for (s,) in Grant.objects.values_list("stream")} == {"pool", "audit"}
    right = stored()
    assert_right()
    assert not put_right()
    path.write_text(path.read_text().replace("TOP", "MID"))
    import_grants(path)
    assert stored() != right
    assert_right()


def test_the_demonstration_takes_its_figures_with_it():
    load_demonstration()
    assert GrantRollup.objects.filter(is_labelled=True).exists()
    assert not put_right()
    remove_demonstration(AdministratorFactory())
    assert stored() == ({}, {})
    assert not Grant.objects.exists() and not Category.objects.exists()
    assert not put_right()
