"""SageMaker's container as processes of their own: trained, served and ended over real HTTP."""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from tests.classifier.demonstration_files import TAXONOMY, Grants
from tests.conftest import ROOT
from tests.patience import patience

pytestmark = pytest.mark.worker
JSON = {"Content-Type": "application/json"}
DOCKERFILE = ROOT / "classifier/backends/Dockerfile"


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """A folder with just what the Dockerfile copies."""
    folder = tmp_path_factory.mktemp("image")
    for source, target in re.findall(r"^COPY (\S+) (\S+)$", DOCKERFILE.read_text(), re.MULTILINE):
        (folder / target).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / source).is_dir():
            shutil.copytree(
                ROOT / source, folder / target, ignore=shutil.ignore_patterns("__pycache__")
            )
        else:
            shutil.copy(ROOT / source, folder / target)
    return folder


def start(image, ml, what, **environment):
    """The container's entry point in the image's folder, with nothing of this site's settings."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LD_LIBRARY_PATH")
            if name in os.environ}  # fmt: skip
    entry = json.loads(re.search(r"^ENTRYPOINT (.*)$", DOCKERFILE.read_text(), re.MULTILINE)[1])
    return subprocess.Popen(
        [sys.executable, *entry[1:], what],
        cwd=image, env=kept | {"CLASSIE_ML_PREFIX": str(ml)} | environment,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def given(ml, n):
    grants = Grants()
    for name, content in (
        ("config/hyperparameters.json", b'{"seed": "1"}'),
        ("data/taxonomy/taxonomy.csv", TAXONOMY.read_bytes()),
        ("data/train/a.csv", grants.file(grants.labelled[:n])),
    ):
        path = ml / "input" / name
        path.parent.mkdir(parents=True)
        path.write_bytes(content)


@pytest.fixture(scope="module")
def trained(image, tmp_path_factory):
    ml = tmp_path_factory.mktemp("opt") / "ml"
    given(ml, 60)
    with start(image, ml, "train") as process:
        said = process.communicate(timeout=patience(60))[1]
    assert process.returncode == 0, said
    assert sorted(path.name for path in (ml / "model").iterdir()) == ["model.json", "model.skops"]
    return ml


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Served:
    """A running server and how to ask it."""

    def __init__(self, process, port):
        self.process, self.port = process, port

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=patience(60))

    def ask(self, method, path, body=None, headers=None):
        connection = self.connect()
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def wait_until_closed(self):
        """Until no new request is taken."""
        deadline = time.monotonic() + patience(20)
        while time.monotonic() < deadline:
            try:
                self.ask("GET", "/ping")
            except ConnectionRefusedError:
                return
            except OSError:  # it was just closing
                pass
            time.sleep(0.05)
        raise AssertionError("It still takes requests.")

    def classify(self, *texts):
        body = json.dumps({"instances": texts, "configuration": {"k": 1}})
        status, answer = self.ask("POST", "/invocations", body, JSON)
        assert status == 200, answer
        return [one["categories"][0]["code"] for one in json.loads(answer)["predictions"]]


def served(image, ml):
    port = free_port()
    process = start(image, ml, "serve", BIND="127.0.0.1", SAGEMAKER_BIND_TO_PORT=str(port))
    server = Served(process, port)
    deadline = time.monotonic() + patience(30)
    while True:
        try:
            assert server.ask("GET", "/ping")[0] == 200
            return server
        except OSError:
            assert process.poll() is None, process.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.1)


@pytest.fixture(scope="module")
def server(image, trained):
    found = served(image, trained)
    yield found
    found.process.terminate()
    found.process.communicate(timeout=patience(30))
    assert found.process.returncode == 0


def test_two_hundred_requests_at_once_are_all_answered_rightly(server):
    texts = ["a choir for singers", "swim lessons at the pool"]
    right = server.classify(*texts)
    assert len(set(right)) == 2
    barrier = threading.Barrier(200)

    def ask(number):
        barrier.wait()
        return server.classify(texts[number % 2])

    with ThreadPoolExecutor(200) as threads:
        found = list(threads.map(ask, range(200)))
    assert found == [[right[number % 2]] for number in range(200)]


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status", "said"),
    [
        ("POST", "/invocations", b"{", JSON, 400, b"no JSON at character 2"),
        ("POST", "/invocations", b"x", {"Content-Type": "image/png"}, 415, b"'image/png'"),
        ("POST", "/invocations", b"x", {}, 415, b"The content type is none"),
        ("POST", "/invocations", b"{}", JSON | {"Accept": "image/png"}, 406, b"Accept app"),
        ("GET", "/invocations", None, {}, 405, b"/invocations takes POST"),
        ("GET", "/admin", None, {}, 404, b"/invocations"),
        ("GET", "/execution-parameters", None, {}, 200, b'"MULTI_RECORD"'),
    ],
)
def test_whatever_is_sent_has_a_clear_answer(server, method, path, body, headers, status, said):
    found, answer = server.ask(method, path, body, headers)
    assert found == status
    assert said in answer


def test_six_megabytes_are_read_and_more_is_refused(server):
    words = "A choir for singers and their concert." + " " * 8000
    line = json.dumps({"source": words}).encode() + b"\n"
    most = 6 * 2**20
    body = line * (most // len(line))
    kind = {"Content-Type": "application/jsonlines"}
    status, answer = server.ask("POST", "/invocations", body, kind)
    assert status == 200
    assert len(answer.splitlines()) == most // len(line)
    status, answer = server.ask("POST", "/invocations", body + b" " * (len(line) + 1), kind)
    assert status == 413
    assert b"Send fewer texts at once" in answer


def test_one_text_is_answered_within_fifty_milliseconds(server):
    body = json.dumps({"instances": ["Music lessons and a concert for children"]})
    connection, took = server.connect(), []
    for _ in range(100):
        began = time.perf_counter()
        connection.request("POST", "/invocations", body, JSON)
        assert connection.getresponse().read()
        took.append(time.perf_counter() - began)
    connection.close()
    assert statistics.quantiles(took, n=20)[-1] < patience(0.05)


def test_told_to_end_it_answers_what_it_has_begun(image, trained):
    server = served(image, trained)
    body = json.dumps({"instances": ["a choir"]}).encode()
    head = (
        "POST /invocations HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n"
    ).encode()
    with ExitStack() as stack:
        begun = [
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port), patience(30)))
            for _ in range(4)
        ]
        for one in begun:
            one.sendall(head)
            assert b"100 Continue" in one.recv(1000)  # so it is in the server's hands
        server.process.send_signal(signal.SIGTERM)
        server.wait_until_closed()
        for one in begun:
            one.sendall(body)
            answer = http.client.HTTPResponse(one)
            answer.begin()
            assert answer.status == 200
            assert json.loads(answer.read())["predictions"]
            answer.close()
    server.process.communicate(timeout=patience(30))
    assert server.process.returncode == 0


def test_a_training_that_is_stopped_says_so_and_leaves_no_model(image, tmp_path):
    ml = tmp_path / "ml"
    given(ml, 60)
    waits = ml / "input/config/hyperparameters.json"
    waits.unlink()
    os.mkfifo(waits)
    # The pipe opens when the training reads it, and there it stands then.
    with start(image, ml, "train") as process, waits.open("w"):
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=patience(60))
    assert process.returncode == 1
    assert "was stopped" in (ml / "output/failure").read_text()
    assert not (ml / "model").exists()
