"""``manage.py up`` for real, in a folder and on a port of its own."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import psutil
import pytest

from tests.conftest import ROOT, wait_until
from tests.patience import patience

pytestmark = pytest.mark.worker
CHILDREN = {"valkey-server", "redis-server", "gunicorn", "worker", "beat"}


class Site:
    """A running ``manage.py up``."""

    def __init__(self, var: Path, **variables: str) -> None:
        self.port = free_port()
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        own = {"VAR_DIR": str(var), "PORT": str(self.port), "DEMO": "0"}
        self.log = var / "said.txt"
        var.mkdir(exist_ok=True)
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up"],
                cwd=ROOT,
                env={**kept, **own, **variables},
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self.log.read_text()

    def wait(self) -> "Site":
        wait_until(lambda: "Started:" in self.said or self.process.poll() is not None, 120)
        assert "Started:" in self.said, self.said
        return self

    def get(self, path: str) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}") as answer:
            return answer.status


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def processes_of(var: Path) -> dict[int, str]:
    """Every process with this folder in its environment, or at work in it: number and command."""
    found = {}
    for process in psutil.process_iter():
        # One may end meanwhile, and a broker writes its title over its environment.
        with contextlib.suppress(psutil.Error):
            here = process.environ().get("VAR_DIR") == str(var)
            if process.status() != psutil.STATUS_ZOMBIE and (
                here or Path(process.cwd()).is_relative_to(var)
            ):
                found[process.pid] = " ".join(process.cmdline())
    return found


@pytest.fixture
def start(tmp_path):
    """``start(**variables)``: a site in a folder of its own; it ends with the test."""
    var = tmp_path / "var"
    sites = []

    def start(**variables):
        sites.append(Site(var, **variables))
        return sites[-1]

    yield start
    for number in processes_of(var):
        # Those that the supervisor started end with it, some before their turn comes here.
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
    for site in sites:
        site.process.wait(10)


def test_one_start_serves_pages_and_ctrl_c_ends_every_process(start, tmp_path):
    var = tmp_path / "var"
    site = start().wait()
    assert site.get("/livez") == 200
    assert site.get("/") == 200
    running = " ".join(processes_of(var).values())
    assert len([name for name in CHILDREN if name in running]) == 4
    # Scoring and the watch have places of their own, and wait behind no long job.
    assert all(f"-n {name}@" in running for name in ("work", "scoring", "watch"))

    site.process.send_signal(signal.SIGINT)

    assert site.process.wait(patience(60)) == 0, site.said
    assert "All data is kept" in site.said
    assert processes_of(var) == {}


def test_a_killed_supervisor_leaves_nothing_behind(start, tmp_path):
    site = start().wait()
    site.process.kill()
    wait_until(lambda: not processes_of(tmp_path / "var"), 30)


def test_the_first_password_is_shown_once_and_the_data_outlive_a_restart(start, tmp_path):
    first = start().wait()
    password = re.search(r"Password +(\S+)", first.said)
    assert password
    first.process.terminate()
    assert first.process.wait(patience(60)) == 0

    second = start().wait()
    assert "Password" not in second.said
    assert password[1] not in "".join(
        log.read_text() for log in (tmp_path / "var" / "log").iterdir()
    )


def test_a_child_that_dies_is_started_again_and_it_is_said(start, tmp_path):
    site = start().wait()
    beat = next(
        number for number, words in processes_of(tmp_path / "var").items() if " beat" in words
    )
    os.kill(beat, signal.SIGKILL)
    wait_until(lambda: "The beat process stopped (exit code -9)" in site.said)
    wait_until(
        lambda: any(
            " beat" in words and number != beat
            for number, words in processes_of(tmp_path / "var").items()
        )
    )


def test_a_second_start_in_the_folder_is_refused(start):
    start().wait()
    second = start()
    assert second.process.wait(patience(30)) == 1
    assert "runs already" in second.said


def test_a_wrong_variable_is_said_in_a_sentence(start):
    site = start(DEBUG="maybe")
    assert site.process.wait(patience(60)) == 1
    assert "DEBUG='maybe' is not understood" in site.said
    assert "Traceback" not in site.said
