"""The bell: rung once the deed is stored, and never in its way."""

import logging

import pytest
from django.db import transaction

from annotation.models import ModelVersion, Taxonomy
from annotation.services import doorbell
from annotation.services.import_grants import import_grants
from annotation.services.import_taxonomy import import_taxonomy
from annotation.services.model_versions import promote, request_training
from tests.factories import AdministratorFactory, LabelFactory, ModelVersionFactory

pytestmark = pytest.mark.django_db(transaction=True)
SCORE = "classifier.score_waiting_grants"


@pytest.fixture
def rung(monkeypatch):
    """Names of the tasks that were rung for."""
    rung = []
    monkeypatch.setattr(doorbell, "_ring", [rung.append])
    return rung


def test_it_rings_when_the_deed_is_stored_and_not_before(rung):
    LabelFactory()
    with transaction.atomic():
        request_training()
        assert rung == []
    assert rung == ["classifier.train_requested"]


def test_it_does_not_ring_for_what_was_not_stored(rung):
    LabelFactory()
    with transaction.atomic():
        request_training()
        transaction.set_rollback(True)
    assert rung == []
    assert not ModelVersion.objects.exists()


def test_a_broken_bell_does_not_break_the_deed(monkeypatch, caplog):
    def broken(task):
        raise ConnectionError("the broker is away")

    LabelFactory()
    monkeypatch.setattr(doorbell, "_ring", [broken])
    with caplog.at_level(logging.ERROR):
        request_training()
    assert ModelVersion.objects.waiting().exists()
    assert "the broker is away" in caplog.text


def test_without_a_bell_nothing_is_missing(monkeypatch):
    LabelFactory()
    monkeypatch.setattr(doorbell, "_ring", [])
    assert request_training()


def test_the_bell_installed_last_rings_alone(monkeypatch):
    first, second = [], []
    monkeypatch.setattr(doorbell, "_ring", [first.append])
    doorbell.install(second.append)
    doorbell.ring_on_commit("x")
    assert (first, second) == ([], ["x"])


def test_imports_and_promotions_ring_for_the_scoring(rung, tmp_path):
    taxonomy, grants = tmp_path / "t.csv", tmp_path / "g.csv"
    taxonomy.write_text("facet,code,label\nS,A,Arts\n")
    grants.write_text("reference,title,description\nG-1,T,D\n")
    import_taxonomy(taxonomy)
    import_taxonomy(taxonomy)  # nothing new, nothing to score
    import_grants(grants)
    matcher = ModelVersionFactory(taxonomy=Taxonomy.objects.get())
    matcher.status = "retired"
    matcher.save()
    promote(matcher, AdministratorFactory(), "back")
    # Grants and a taxonomy are enough for a first version.
    assert rung == [SCORE, "classifier.train_requested", SCORE, SCORE]
