"""What SageMaker does with a model: unpacks model.tar.gz, runs its container, asks it."""

import http.client
import io
import json
import os
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import boto3

from tests.conftest import ROOT
from tests.patience import patience


class Hosting:
    """Models by the bytes of their file, each served once and asked often."""

    def __init__(self, s3_url, region):
        self.s3_url, self.region, self.served = s3_url, region, {}

    def s3(self):
        return boto3.session.Session().client("s3", self.region, endpoint_url=self.s3_url)

    def ask(self, model, content_type, body, accept="*/*"):
        packed = self._read(model["PrimaryContainer"]["ModelDataUrl"])
        if packed not in self.served:
            kind = BlazingText if "/blazingtext:" in model["PrimaryContainer"]["Image"] else Ours
            self.served[packed] = kind(packed)
        return self.served[packed].ask(content_type, body, accept)

    def transform(self, model, job):
        """Ask for all of a job's texts, a few kilobytes at a time; returns why it has failed."""
        given, wanted = job["TransformInput"], job["TransformOutput"]
        assert (given["SplitType"], wanted["AssembleWith"]) == ("Line", "Line")
        bucket, prefix = _place(given["DataSource"]["S3DataSource"]["S3Uri"])
        s3, target = self.s3(), _place(wanted["S3OutputPath"])[1]
        for entry in s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", []):
            lines = self._read(f"s3://{bucket}/{entry['Key']}").splitlines(keepends=True)
            out = b""
            for at in range(0, len(lines), 7):
                batch = b"".join(lines[at : at + 7])
                status, _, body = self.ask(model, given["ContentType"], batch, wanted["Accept"])
                if status != 200:
                    return f"ClientError: see the logs for the failed batch ({status})"
                out += body + b"\n"
            name = entry["Key"].rpartition("/")[2]
            s3.put_object(Bucket=bucket, Key=f"{target}/{name}.out", Body=out)
        return ""

    def _read(self, uri):
        bucket, key = _place(uri)
        return self.s3().get_object(Bucket=bucket, Key=key)["Body"].read()

    def close(self):
        for one in self.served.values():
            one.close()


def _place(uri):
    parts = urlsplit(uri)
    return parts.netloc, parts.path.lstrip("/")


class Ours:
    """Our container, as a process over HTTP, on the unpacked file."""

    def __init__(self, packed):
        self.folder = tempfile.TemporaryDirectory()
        with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
            tar.extractall(Path(self.folder.name, "model"), filter="data")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        environment = {
            "CLASSIE_ML_PREFIX": self.folder.name, "BIND": "127.0.0.1",
            "SAGEMAKER_BIND_TO_PORT": str(self.port), "MODEL_SERVER_WORKERS": "1",
        }  # fmt: skip
        command = [sys.executable, "-m", "classifier.backends.sagemaker_container", "serve"]
        self.process = subprocess.Popen(command, cwd=ROOT, env=os.environ | environment)
        deadline = time.monotonic() + patience(60)
        while not self._is_up():
            assert self.process.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)

    def _is_up(self):
        try:
            return self._request("GET", "/ping", None, {})[0] == 200
        except OSError:
            return False

    def ask(self, content_type, body, accept):
        headers = {"Content-Type": content_type, "Accept": accept}
        return self._request("POST", "/invocations", body, headers)

    def _request(self, method, path, body, headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=patience(60))
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.headers["Content-Type"], answer.read()
        finally:
            connection.close()

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.folder.cleanup()


class BlazingText:
    """BlazingText's answers, by the library that its files are made for."""

    def __init__(self, packed):
        import fasttext

        with tarfile.open(fileobj=io.BytesIO(packed)) as tar, tempfile.TemporaryDirectory() as at:
            tar.extractall(at, filter="data")
            self.model = fasttext.load_model(str(Path(at, "model.bin")))

    def ask(self, content_type, body, accept):
        assert content_type == accept == "application/jsonlines"
        out = []
        for line in body.decode().splitlines():
            asked = json.loads(line)
            labels, scores = self.model.predict([asked["source"]], k=asked["k"])
            out.append(json.dumps({"label": labels[0], "prob": [float(s) for s in scores[0]]}))
        return 200, accept, "\n".join(out).encode()

    def close(self):
        pass
