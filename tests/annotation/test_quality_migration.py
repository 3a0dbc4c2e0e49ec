"""Grants that were here before there were flags get them with the upgrade."""

import importlib

import pytest
from django.apps import apps

from annotation.models import Grant
from annotation.models.quality import text_key
from tests.factories import GrantFactory

pytestmark = pytest.mark.django_db
migration = importlib.import_module("annotation.migrations.0007_quality_and_look_alikes")


def test_grants_of_before_are_looked_at(monkeypatch):
    monkeypatch.setattr(migration, "BATCH", 2)
    texts = [("Bus hire", ""), ("", ""), ("BUS HIRE", "!"), ("Hall heaters", "a@b.example or so")]
    made = [GrantFactory(title=title, description=rest) for title, rest in texts]
    migration.look_at_texts(apps, None)
    stored = Grant.objects.in_bulk()
    assert [stored[grant.pk].quality_flags for grant in made] == [
        ["short", "duplicate"], ["empty"], ["short", "duplicate"], ["contact"],
    ]  # fmt: skip
    assert [stored[grant.pk].text_key for grant in made] == [text_key(*text) for text in texts]
    assert not any(grant.is_compared for grant in stored.values())
