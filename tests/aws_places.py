"""S3 for tests: moto's server as a process of its own, and an environment that leads there."""

import re
import subprocess
import sys
import threading
from dataclasses import dataclass
from functools import cache

import pytest
from botocore.loaders import create_loader

from classifier.backends.aws import client
from tests.sagemaker_fake import served

REGION = "ap-southeast-2"
BUCKET = "grants-of-a-test"
# Of the form that real ones have, so that whatever would show one shows these.
KEY_ID = "AKIAQ3EGTESTEXAMPLE7"
SECRET_KEY = "wJalrXUtnFEMItestK7MDENGbPxRfiCYEXAMPLEKEY"
TOKEN = "IQoJb3JpZ2luX2VjEOtestEXAMPLEtokenEXAMPLEtokenEXAMPLEtoken"
CREDENTIALS = (KEY_ID, SECRET_KEY, TOKEN)

# What describes AWS's services: each client else reads it anew, for most of a second.
read_once = cache(create_loader)


@pytest.fixture(scope="session")
def moto_url():
    """Of a server that any test of this process may use; it is in no other way shared."""
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        for line in process.stderr:
            if said := re.search(r"Running on (http://127\.0\.0\.1:\d+)", line):
                break
        else:
            raise AssertionError("moto's server has ended before it began.")
        # Else it waits for somebody to read what it writes.
        reader = threading.Thread(target=process.stderr.read, daemon=True)
        reader.start()
        yield said[1]
    finally:
        process.kill()
        process.wait()
    reader.join()
    process.stderr.close()


@dataclass(frozen=True)
class Store:
    """A bucket of a test, empty at its start."""

    s3: object
    bucket: str
    url: str

    def files(self):
        """What is in it."""
        page = self.s3.list_objects_v2(Bucket=self.bucket)
        return [entry["Key"] for entry in page.get("Contents", [])]

    def read(self, key):
        return self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()

    def clear(self):
        for key in self.files():
            self.s3.delete_object(Bucket=self.bucket, Key=key)


@pytest.fixture
def credentials(monkeypatch, tmp_path):
    """Those of the test by the standard chain, and no others that this machine may have."""
    for name in ("CONFIG_FILE", "SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(f"AWS_{name}", str(tmp_path / "none"))
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY_ID)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    monkeypatch.setenv("AWS_SESSION_TOKEN", TOKEN)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr("botocore.session.create_loader", read_once)


@pytest.fixture
def store(moto_url, credentials, monkeypatch):
    """A bucket in moto, where every call to S3 of the test goes."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", moto_url)
    s3 = client("s3", REGION)
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    made = Store(s3, BUCKET, moto_url)
    yield made
    made.clear()
    s3.delete_bucket(Bucket=BUCKET)


@pytest.fixture
def sagemaker(store, monkeypatch):
    """Where every call to SageMaker of the test goes."""
    with served(store.url) as fake:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER", fake.url)
        yield fake
