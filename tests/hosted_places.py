"""A small model as SageMaker stores it, and a SageMaker that hosts it."""

import io
import tarfile

import pytest

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
    import fasttext  # where it has no wheel the other tests run without it

    texts, y = topic_grants(60)
    codes = [category.code for category in topic_categories()]
    rows = [
        LabelledRow("", text, "", tuple(codes[column] for column in answers.nonzero()[0]))
        for text, answers in zip(texts.texts, y, strict=True)
    ]
    lines = tmp_path / "train.txt"
    lines.write_text("".join(f"{line}\n" for line in FORMS["fasttext"].write(rows, codes)))
    model = fasttext.train_supervised(
        str(lines), loss="softmax", epoch=100, lr=0.5, dim=8, bucket=1000, thread=1, verbose=0
    )
    model.save_model(str(tmp_path / "model.bin"))
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
