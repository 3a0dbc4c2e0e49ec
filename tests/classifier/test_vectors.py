"""Sentence vectors of the site's grants: kept, read in the background, and never needed."""

import numpy as np
import pytest
from django.core.checks import run_checks
from django.test import override_settings

from annotation.models import ModelVersion, SentenceVector
from annotation.services.model_versions import request_training
from annotation.services.sentence_vectors import keep_sentence_vectors
from classifier import registry, vectors, workflow
from classifier.dataset import corpus_of
from classifier.ml import encoder_files
from classifier.ml.sentences import NAME
from classifier.scoring import score_waiting_grants
from classifier.serving import active_version
from classifier.vectors import with_vectors
from tests.factories import GrantFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]


@pytest.fixture
def wanted():
    with override_settings(CLASSIE_SENTENCE_VECTORS=True):
        yield


@pytest.fixture
def read(monkeypatch):
    """The texts that the encoder is given, in order; it reads them as ever."""
    texts = []
    encode = vectors.the_encoder().encode
    monkeypatch.setattr(
        vectors.the_encoder(), "encode", lambda given: texts.extend(given) or encode(given)
    )
    return texts


def of(grants):
    return with_vectors([grant.pk for grant in grants], corpus_of(grants)).vectors


def a_night():
    request_training()
    return workflow.train_requested()


def test_a_text_is_read_once_and_has_the_same_vector_ever_after(read):
    grants = GrantFactory.create_batch(3)
    first = of(grants)
    assert len(read) == 3
    assert (of(grants[::-1])[::-1] == first).all()
    assert len(read) == 3
    assert np.linalg.norm(first, axis=1) == pytest.approx(np.ones(3), abs=1e-3)


def test_a_text_that_has_changed_is_read_again(read):
    grant, other = GrantFactory(description="A choir"), GrantFactory(description="A canal")
    before = of([grant, other])
    grant.description = "A kennel"
    after = of([grant, other])
    assert len(read) == 3
    assert (after[0] != before[0]).any()
    assert (after[1] == before[1]).all()
    assert SentenceVector.objects.count() == 2


def test_a_vector_of_another_encoder_does_not_count(read):
    grant = GrantFactory()
    of([grant])
    SentenceVector.objects.update(encoder="another one")
    of([grant])
    assert len(read) == 2
    assert SentenceVector.objects.get().encoder == NAME


def test_more_texts_than_fit_into_one_part_keep_their_order(read, monkeypatch):
    monkeypatch.setattr(vectors, "ASKED_AT_ONCE", 2)
    monkeypatch.setattr(vectors, "READ_AT_ONCE", 2)
    words = "choir", "canal", "kennel", "allotment", "mural"
    grants = [GrantFactory(description=f"{word} lessons") for word in words]
    of(grants[1:3])
    found = of(grants)
    expected = vectors.the_encoder().encode([grant.text for grant in grants])
    assert found == pytest.approx(expected, abs=1e-3)


def test_a_vector_goes_with_its_grant_and_none_is_kept_of_one_that_is_gone():
    grant = GrantFactory()
    of([grant])
    kept = SentenceVector.objects.get()
    assert "grant" in str(kept)
    grant.delete()
    assert not SentenceVector.objects.exists()
    assert keep_sentence_vectors([kept]) == 0


def test_without_the_setting_nothing_is_read(labelled_grants, pool):
    version = a_night()
    assert version.status == ModelVersion.Status.ACTIVE
    assert not SentenceVector.objects.exists()
    assert not registry.load(version).reads_meaning


def test_a_night_with_vectors_reads_each_grant_once(labelled_grants, pool, wanted, read):
    version = a_night()
    assert version.status == ModelVersion.Status.ACTIVE, version.error or version.reason
    assert SentenceVector.objects.count() == len(labelled_grants) + len(pool)
    n_categories = 3
    assert len(read) == len(labelled_grants) + len(pool) + 2 * n_categories
    assert registry.ENCODER in version.library_versions
    # The second one finds them all, but for the categories.
    again = a_night()
    assert again.snapshot.content_sha256 == version.snapshot.content_sha256
    assert len(read) == len(labelled_grants) + len(pool) + 4 * n_categories


def test_a_version_that_knows_vectors_answers_from_words_where_there_are_none(
    labelled_grants, pool, wanted, read, settings
):
    version = a_night()
    n_read = len(read)
    # Free text is asked for in a request, where nothing may be read by the encoder.
    assert active_version().name == str(version)
    [proposals] = active_version().classify(["A mural with paint and brushes"], top=3)
    assert proposals[0].category == "ARTS"
    settings.CLASSIE_SENTENCE_VECTORS = False
    GrantFactory(title="Late", description="football and cricket", queued=True)
    assert score_waiting_grants() == 1
    assert len(read) == n_read


def test_what_is_asked_for_and_not_installed_is_said_before_the_start(settings, monkeypatch):
    settings.CLASSIE_SENTENCE_VECTORS = True
    assert not [message for message in run_checks() if message.id == "classifier.E001"]
    monkeypatch.setattr(encoder_files, "WHEEL", "no_such_wheel")
    [message] = [message for message in run_checks() if message.id == "classifier.E001"]
    assert "make embeddings" in message.hint
    settings.CLASSIE_SENTENCE_VECTORS = False
    assert not [message for message in run_checks() if message.id == "classifier.E001"]
