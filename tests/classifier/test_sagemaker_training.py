"""A version trained in SageMaker passes the same gate, registry and scoring as any other."""

from dataclasses import replace

import pytest

from annotation.errors import NoSuchTraining
from annotation.models import ModelVersion, SagemakerAccount, SagemakerJob, Suggestion
from annotation.services.model_versions import request_training
from annotation.services.sagemaker_account import (
    agree_that_texts_leave,
    change_account,
    withdraw_agreement,
)
from classifier import registry, workflow
from classifier.backends.options import OPTIONS
from classifier.backends.sagemaker_blazingtext import NAME, BlazingText
from classifier.ml.text import Corpus
from classifier.sagemaker_site import end_forsaken_jobs
from tests.aws_places import BUCKET, REGION
from tests.classifier.conftest import text_about
from tests.factories import AdministratorFactory, GrantFactory, LabelFactory, counted_at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]


@pytest.fixture
def grace():
    return AdministratorFactory(username="grace")


@pytest.fixture
@counted_at_once()
def agreed(grace, categories):
    place = {"region": REGION, "bucket": BUCKET, "limit_minutes": 5,
             "role": "arn:aws:iam::123456789012:role/train"}  # fmt: skip
    change_account(grace, 0, place)
    agree_that_texts_leave(grace, 1)
    for code, category in categories.items():
        for stream, n_grants in (("pool", 22), ("audit", 18)):
            for n in range(n_grants):
                # A word of its own, since equal texts stay on one side.
                text = f"{text_about(code, n)} {code}{stream}{n}"
                grant = GrantFactory(title="Grant", description=text, stream=stream)
                LabelFactory(category=category, grant=grant)
    GrantFactory(title="Waiting", description=text_about("SPORT", 1), queued=True)


@pytest.fixture
def quick(monkeypatch):
    """It looks at its job more often than every fifteen seconds."""
    option = replace(OPTIONS[NAME], make=lambda: BlazingText(pause=0.05))
    monkeypatch.setitem(OPTIONS, NAME, option)


@pytest.mark.parametrize(
    ("form", "label"), [("file", "__label__SPORT"), ("augmented_manifest", "__label__2")]
)
def test_it_is_promoted_by_the_gate_suggests_and_is_served_without_aws(
    agreed, quick, sagemaker, store, grace, form, label
):
    change_account(grace, SagemakerAccount.objects.current().revision, {"training_form": form})
    request_training(by=grace, backend=NAME)
    version = workflow.train_requested()
    assert (version.status, version.error) == ("active", "")
    assert version.metrics["backend"] == NAME
    assert version.metrics["measured_on"].startswith("54 audit grants")
    suggested = Suggestion.objects.filter(
        model_version=version, grant__title="Waiting", is_ticked=True
    )
    assert list(suggested.values_list("category__code", flat=True)) == ["SPORT"]
    assert end_forsaken_jobs() == 0
    assert store.files() == sagemaker.running() == []
    withdraw_agreement(grace, SagemakerAccount.objects.current().revision)
    asked = len(sagemaker.calls)
    model = registry.load(version)
    proba = model.predict_proba(Corpus(["theatre and paint"], [""], [""]))
    assert model.categories[proba.argmax()].code == "ARTS"
    [part] = model.model.scorer.parts  # the map of its labels is kept with it
    of_label = dict(zip(part.labels, part.columns, strict=True))
    assert model.categories[of_label[label]].code == "SPORT"
    assert len(sagemaker.calls) == asked


def test_a_job_that_fails_fails_its_version_with_the_reason(agreed, quick, sagemaker, grace):
    sagemaker.holds = True
    broken = 400, "ResourceLimitExceeded", "The account-level service limit is 0 Instances"
    sagemaker.refusals["CreateTrainingJob"] = [broken]
    request_training(by=grace, backend=NAME)
    with pytest.raises(Exception, match="service limit is 0 Instances"):
        workflow.train_requested()
    version = ModelVersion.objects.get(status="failed")
    assert "service limit is 0 Instances. Ask AWS for a higher quota" in version.error
    SagemakerJob.objects.update(opened_at="2026-01-01T00:00Z")
    assert end_forsaken_jobs() == 0


def test_without_agreement_it_is_not_even_asked_for(agreed, quick, sagemaker, grace):
    withdraw_agreement(grace, SagemakerAccount.objects.current().revision)
    with pytest.raises(NoSuchTraining, match="No administrator has agreed"):
        request_training(by=grace, backend=NAME)
    assert sagemaker.calls == []
