"""A small model as SageMaker stores it, and a SageMaker that hosts it."""

import io
import tarfile

import pytest

from classifier.backends.fasttext_binary import Learning, trained
from classifier.backends.kept_model import keep
from classifier.backends.protocol import Snapshot
from classifier.backends.scikit_learn import CLASSICAL
from classifier.interchange import FORMS, LabelledRow
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


@pytest.fixture
def packed_blazingtext(tmp_path):
    """model.tar.gz of a BlazingText training, whose file is fastText's."""
    return blazingtext_of(tmp_path, [category.code for category in topic_categories()])


@pytest.fixture
def packed_numbers(tmp_path):
    """As trained on an augmented manifest: the labels are 1, 2, … in the order of the topics."""
    return blazingtext_of(tmp_path, [str(at) for at, _ in enumerate(topic_categories(), 1)])


def blazingtext_of(tmp_path, codes):
    """model.tar.gz whose labels are these, one a topic."""
    texts, y = topic_grants(60)
    rows = [
        LabelledRow("", text, "", tuple(codes[column] for column in answers.nonzero()[0]))
        for text, answers in zip(texts.texts, y, strict=True)
    ]
    lines = list(FORMS["fasttext"].write(rows, codes))
    words = {word for line in lines for word in line.split() if not word.startswith("__label__")}
    learning = Learning("softmax", dim=8, epochs=100)
    (tmp_path / "model.bin").write_bytes(trained(lines, sorted(words), learning, seed=0).data)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        tar.add(tmp_path / "model.bin", "model.bin")
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
