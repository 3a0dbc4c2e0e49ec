"""A fit that a service does: it tells how far it is, ends when told to, and is not repeated."""

from dataclasses import dataclass

import pytest

from annotation.errors import NoSuchTraining
from annotation.models import ModelVersion
from annotation.services.model_versions import cancel_training
from classifier.backends import options
from classifier.backends.options import OPTIONS, Option
from classifier.backends.scikit_learn import CLASSICAL
from classifier.comparing import CannotCompare, compare_versions
from classifier.quality_report import write_quality
from tests.classifier.test_kinds_of_model import quiet, trained
from tests.factories import AdministratorFactory

pytestmark = pytest.mark.django_db(transaction=True)
Status = ModelVersion.Status


@dataclass(frozen=True)
class Remote:
    """A family whose fit is watched, as that of a service would be."""

    name: str
    called: list
    meanwhile: object = quiet
    family = CLASSICAL["linear_svm"]

    def fit_with(self, snapshot, training, tell):
        self.called.append(training)
        for share in (0.0, 0.5):
            tell(share, f"{share:.0%} of a job")
            self.meanwhile()
        tell(1.0, "Fetching")
        return self.family.fit(snapshot)

    def dump(self, model):
        return self.family.dump(model)

    def load(self, data):
        return self.family.load(data)


@pytest.fixture
def remote(monkeypatch):
    def add(**facts):
        backend = Remote("remote", [], **facts)
        option = Option("remote", lambda: backend, options.nothing, "A service")
        monkeypatch.setitem(OPTIONS, "remote", option)
        return backend

    return add


def test_a_long_fit_tells_how_far_it_is_by_the_name_of_its_version(labelled_grants, remote):
    seen = []
    phase = ModelVersion.objects.filter(status=Status.TRAINING).values_list("phase", "progress")
    service = remote(meanwhile=lambda: seen.append(phase.get()))
    version = trained("remote")
    assert service.called == [str(version.pk)]
    assert seen == [("0% of a job", pytest.approx(0.1)), ("50% of a job", pytest.approx(0.35))]
    assert version.backend == "remote"


def test_a_long_fit_ends_when_the_training_is_stopped(labelled_grants, remote):
    raised = []

    def stop():
        version = ModelVersion.objects.in_training().first()
        if version:
            cancel_training(version, AdministratorFactory())

    service = remote(meanwhile=stop)
    fit_with = Remote.fit_with

    def watched(self, *given):
        try:
            return fit_with(self, *given)
        except NoSuchTraining as error:
            raised.append(error)
            raise

    Remote.fit_with = watched
    try:
        version = trained("remote")
    finally:
        Remote.fit_with = fit_with
    version.refresh_from_db()
    assert version.status == Status.CANCELLED
    assert len(raised) == len(service.called) == 1


def test_what_a_service_has_trained_is_not_fitted_again_for_a_report(labelled_grants, remote):
    remote()
    version = trained("remote")
    assert version.status == Status.ACTIVE
    report = write_quality(quiet)
    assert report["growth"] == []
    second = trained("production")
    assert second.status == Status.REJECTED
    assert "trained by a service" in second.reason and "0 of the 50" in second.reason
    with pytest.raises(CannotCompare, match="trained by a service"):
        compare_versions(f"{version.pk}-{second.pk}", quiet)
