"""Figures kept beside what they count: right after every deed, and put right when they are not."""

import pytest
from django.core.management import call_command

from annotation.models import (
    Category,
    CategoryRollup,
    Grant,
    GrantRollup,
)
from annotation.services.demonstration import load_demonstration, remove_demonstration
from annotation.services.rollup_check import put_right
from tests.annotation.random_history import History
from tests.annotation.rollups_by_hand import assert_right, stored
from tests.factories import AdministratorFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seed", range(2))
def test_they_are_right_after_any_history(seed, tmp_path):
    history = History(seed, tmp_path)
    for _ in range(4):
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


def test_the_demonstration_takes_its_figures_with_it():
    load_demonstration()
    assert GrantRollup.objects.filter(is_labelled=True).exists()
    assert not put_right()
    remove_demonstration(AdministratorFactory())
    assert stored() == ({}, {})
    assert not Grant.objects.exists() and not Category.objects.exists()
    assert not put_right()
