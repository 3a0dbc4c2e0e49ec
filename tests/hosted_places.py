"""A small model as SageMaker stores it, and a SageMaker that hosts it."""

import io
import tarfile

import pytest

from classifier.backends.kept_model import keep
from classifier.backends.protocol import Snapshot
from classifier.backends.scikit_learn import CLASSICAL
from tests import sagemaker_endpoint_fake
from tests.aws_places import REGION
from tests.classifier.backends.test_options import labelled
from tests.classifier.ml.examples import topic_categories, topic_grants
from tests.sagemaker_hosting import Hosting


@pytest.fixture(scope="session")
def packed_model(tmp_path_factory):
    """model.tar.gz of a container's training."""
    texts, y = topic_grants(60)
    backend = CLASSICAL["complement_naive_bayes"]
    model = backend.fit(Snapshot(topic_categories(), labelled(texts, y), texts))
    folder = tmp_path_factory.mktemp("model")
    keep(folder, backend, model)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for path in folder.iterdir():
            tar.add(path, path.name)
    return packed.getvalue()


@pytest.fixture(scope="session")
def hosting(moto_url):
    made = Hosting(moto_url, REGION)
    yield made
    made.close()


@pytest.fixture
def hosts(store, hosting, packed_model, monkeypatch):
    """Where every call to SageMaker goes; the model lies in its bucket."""
    store.s3.put_object(Bucket=store.bucket, Key="trained/model.tar.gz", Body=packed_model)
    with sagemaker_endpoint_fake.served(hosting) as fake:
        for service in ("SAGEMAKER", "SAGEMAKER_RUNTIME", "APPLICATION_AUTO_SCALING"):
            monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", fake.url)
        yield fake
