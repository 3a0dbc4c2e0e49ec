"""A model version's row and its file: what is verified, what is refused, who serves then."""

import hashlib
import zipfile

import numpy as np
import pytest
import skops.io
from django.conf import settings

from annotation.models import AuditEvent, Grant, ModelVersion
from annotation.services.model_versions import promote, request_training
from annotation.services.step_back import step_back
from classifier import registry, workflow
from classifier.dataset import categories_of, training_set
from classifier.ml import artifacts
from classifier.ml.artifacts import CorruptArtifact
from classifier.ml.state import FORMAT, WITH_ECHOES, state_of
from classifier.scoring import score_waiting_grants
from tests.factories import AdministratorFactory, GrantFactory, LabelFactory

pytestmark = pytest.mark.django_db(transaction=True)
Status = ModelVersion.Status


@pytest.fixture
def version(labelled_grants):
    return a_night()


def a_night():
    request_training()
    return workflow.train_requested()


def file_of(version):
    return settings.MODEL_STORE / f"{version.artifact_sha256}.skops"


def truncated(version):
    data = file_of(version).read_bytes()
    file_of(version).write_bytes(data[: len(data) // 2])


def flipped(version):
    data = bytearray(file_of(version).read_bytes())
    data[len(data) // 2] ^= 1
    file_of(version).write_bytes(data)


def gone(version):
    file_of(version).unlink()


def linked(version):
    other = file_of(version).with_suffix(".elsewhere")
    file_of(version).rename(other)
    file_of(version).symlink_to(other)


def foreign(version):
    """Whole and signed for, but for another version: as if a row had been swapped."""
    version.artifact_signature = artifacts.sign(b"another secret", version.artifact_sha256, 1)
    version.save()


def put(version, data):
    """Another content, stored and signed as this site would."""
    version.artifact_sha256 = artifacts.write(settings.MODEL_STORE, data)
    key = f"artifact:{settings.SECRET_KEY}".encode()
    version.artifact_signature = artifacts.sign(key, version.artifact_sha256, version.pk)
    version.save()


def newer(version):
    state = state_of(registry.load(version)) | {"format": WITH_ECHOES + 1}
    put(version, skops.io.dumps(state, compression=zipfile.ZIP_DEFLATED))


def of_a_type_nobody_trusts(version):
    class Foreign:
        """It would run its own code when it is read."""

    put(version, skops.io.dumps({"format": FORMAT, "terms": Foreign()}))


HARMS = {
    truncated: "has changed since it was written",
    flipped: "has changed since it was written",
    gone: "is missing",
    linked: "cannot be opened",
    foreign: "was not signed with this site's secret",
    newer: f"it is of format {WITH_ECHOES + 1}, and this release reads formats {FORMAT} to "
    f"{WITH_ECHOES}",
    of_a_type_nobody_trusts: "Foreign",
}


@pytest.fixture(params=HARMS, ids=lambda harm: harm.__name__)
def harm(request):
    return request.param


def test_a_harmed_artifact_is_refused_by_name(version, harm):
    harm(version)
    with pytest.raises(CorruptArtifact) as caught:
        registry.load(version)
    assert str(version) in str(caught.value)
    assert HARMS[harm] in str(caught.value)


@pytest.fixture
def later(version, categories):
    """A second version with a file of its own, since it has learned from one grant more."""
    text = {"title": "Round A 9", "description": "brushes and gallery with mural"}
    LabelFactory(category=categories["ARTS"], grant=GrantFactory(**text))
    later = a_night()
    assert later.status == Status.ACTIVE
    assert file_of(later) != file_of(version)
    return later


def test_the_version_before_serves_when_the_active_one_is_refused(version, later, harm):
    waiting = GrantFactory(title="A mural", description="paint brushes gallery")
    harm(later)
    assert score_waiting_grants() > 0
    later.refresh_from_db()
    waiting.refresh_from_db()
    assert ModelVersion.objects.active() == version
    assert waiting.scored_by == version
    assert waiting.suggestions.get(is_ticked=True).category.code == "ARTS"
    assert later.status == Status.RETIRED
    assert HARMS[harm] in later.error
    event = AuditEvent.objects.get(action="model version stepped back from")
    assert (event.subject, event.details) == (str(later), {"successor": str(version)})


def test_when_every_file_is_refused_words_alone_serve(version, later):
    gone(version)
    truncated(later)
    GrantFactory(title="A mural")
    score_waiting_grants()
    active = ModelVersion.objects.active()
    assert active.is_lexical
    assert set(Grant.objects.values_list("scored_by", flat=True)) == {active.pk}
    assert score_waiting_grants() == 0  # and it stays so, without going round


def test_a_mended_version_can_be_promoted_again(version, later):
    data = file_of(later).read_bytes()
    gone(later)
    GrantFactory(title="A mural")
    score_waiting_grants()
    file_of(later).write_bytes(data)
    promote(later, AdministratorFactory(), "the file is back")
    assert score_waiting_grants() > 0
    later.refresh_from_db()
    assert ModelVersion.objects.active() == later
    assert later.error == ""


def test_a_refused_version_is_not_put_over_another_that_a_person_chose(version, later):
    promote(version, AdministratorFactory(), "liked it better")
    step_back(later, "cannot be read")
    later.refresh_from_db()
    assert ModelVersion.objects.active() == version
    assert later.error == ""


def test_what_cannot_be_read_back_is_never_named_by_a_row(version, monkeypatch):
    model = registry.load(version)
    write = artifacts.write

    def lossy(folder, data):
        sha256 = write(folder, data)
        (folder / f"{sha256}.skops").write_bytes(data[:100])
        return sha256

    monkeypatch.setattr(artifacts, "write", lossy)
    with pytest.raises(CorruptArtifact, match="has changed since it was written"):
        registry.store(version, model)


def test_a_candidate_that_cannot_be_stored_leaves_the_active_version(version, monkeypatch):
    monkeypatch.setattr(artifacts, "dump", lambda classifier: b"half a file")
    request_training()
    with pytest.raises(CorruptArtifact):
        workflow.train_requested()
    assert ModelVersion.objects.active() == version
    assert ModelVersion.objects.filter(status=Status.FAILED).count() == 1


def test_an_earlier_secret_is_believed_as_long_as_it_is_named(version, settings):
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another secret " * 5
    with pytest.raises(CorruptArtifact, match="was not signed with this site's secret"):
        registry.load(version)
    settings.SECRET_KEY_FALLBACKS = [old]
    assert registry.load(version).categories


def test_the_same_snapshot_and_seed_give_identical_probabilities(version):
    again = a_night()
    training = training_set(categories_of(version.taxonomy))
    first, second = (registry.load(v).predict_proba(training.corpus) for v in (version, again))
    assert (first == second).all()
    assert version.seed == again.seed
    assert version.snapshot.content_sha256 == again.snapshot.content_sha256
    assert np.unique(first).size > 3


def test_a_row_names_the_libraries_and_the_hash_of_its_file(version):
    assert set(version.library_versions) == set(registry.LIBRARIES)
    data = file_of(version).read_bytes()
    assert hashlib.sha256(data).hexdigest() == version.artifact_sha256
