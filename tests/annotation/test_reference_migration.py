"""Grants that were here before references had one form are found again by an import."""

import importlib

import pytest
from django.apps import apps

from annotation.models import Grant
from annotation.reports.grant_filters import filtered
from annotation.services.import_grants import import_grants
from tests.factories import GrantFactory

pytestmark = pytest.mark.django_db
migration = importlib.import_module("annotation.migrations.0022_references_in_one_form")
NFC, NFD = "Caf\u00e9", "Cafe\u0301"
GROWS = "\u0958"  # which is two characters when it is composed


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(migration, "BATCH", 2)


def references():
    return dict(Grant.objects.values_list("pk", "reference"))


def compose():
    migration.compose_references(apps, None)


def test_a_decomposed_reference_is_found_by_the_next_import_and_by_its_words(tmp_path):
    GrantFactory.create_batch(3)
    grants = [GrantFactory(reference=f"{NFD}-{n}", content_sha256="0" * 64) for n in range(5)]
    others = {pk: r for pk, r in references().items() if r.startswith("G-")}
    compose()
    assert references() == others | {g.pk: f"{NFC}-{n}" for n, g in enumerate(grants)}
    path = tmp_path / "grants.csv"
    path.write_text(f"reference,title,description\n{NFD}-4,New title,Text\n", encoding="utf-8")
    result = import_grants(path)
    assert (result.n_created, result.n_updated) == (0, 1)
    assert [grant.pk for grant in filtered({"q": f"{NFC}-2"})] == [grants[2].pk]


def test_who_would_take_another_s_reference_keeps_its_own_and_is_named(caplog):
    first = GrantFactory(reference=f"{NFD}-1")
    late = GrantFactory(reference=f"{NFC}-1")
    both = [GrantFactory(reference=f"{mark}-2") for mark in ("e\u0323\u0302", "e\u0302\u0323")]
    before = references()
    compose()
    assert references() == before | {both[0].pk: "\u1ec7-2"}
    assert [record.args for record in caplog.records] == [
        (first.pk, late.pk),
        (both[1].pk, both[0].pk),
    ]
    assert NFD not in caplog.text and NFC not in caplog.text
    caplog.clear()
    compose()  # a second time it does no more
    assert references() == before | {both[0].pk: "\u1ec7-2"} and len(caplog.records) == 2


def test_a_reference_that_would_grow_too_long_stays(caplog):
    fits, grows = GrantFactory(reference=GROWS * 100), GrantFactory(reference=GROWS * 101)
    compose()
    assert references() == {fits.pk: "\u0915\u093c" * 100, grows.pk: GROWS * 101}
    assert [record.args for record in caplog.records] == [(grows.pk, migration.LIMIT)]
