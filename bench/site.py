"""A site of its own for a measurement: temporary folder, real database, real gunicorn."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from classie_site.broker import short_folder
from classie_site.supervisor import WEB
from tests.postgres_server import PostgresServer

ROOT = Path(__file__).resolve().parent.parent
PASSWORD = "measured-and-thrown-away"  # noqa: S105 - of accounts that live for one measurement


@dataclass(frozen=True)
class Cost:
    """Of a command with all processes it waited for. ``cpu`` is what a busy machine cannot blur."""

    wall: float  # seconds
    cpu: float  # seconds, user and system
    peak_mb: float  # of its largest process

    def of_rows(self, n: int) -> str:
        return (
            f"{self.wall:.1f} s, {n / self.wall:,.0f} a second; CPU {self.cpu:.1f} s, "
            f"{n / self.cpu:,.0f} a CPU second; at most {self.peak_mb:.0f} MB"
        )


@dataclass(frozen=True)
class Site:
    base: str
    pid: int
    folder: Path
    env: dict[str, str]

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        with self.said.open("wb") as said:
            return subprocess.Popen(
                [sys.executable, "manage.py", *words],
                cwd=ROOT, env=self.env, stdout=subprocess.DEVNULL, stderr=said,
            )  # fmt: skip

    @property
    def said(self) -> Path:
        """What the last command wrote to standard error."""
        return self.folder / "stderr"

    def manage(self, *words: str) -> Cost:
        """Run a command to its end."""
        began = time.monotonic()
        process = self.start(*words)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said = self.said.read_text(errors="replace")[-2_000:]
            raise SystemExit(f"manage.py {words[0]} ended with {process.returncode}: {said}")
        cpu = used.ru_utime + used.ru_stime
        return Cost(time.monotonic() - began, cpu, used.ru_maxrss / 1024)

    def add_user(self, name: str, role: str = "annotator") -> None:
        subprocess.run(
            [sys.executable, "manage.py", "add_user", name, "--role", role, "--password-stdin"],
            cwd=ROOT, env=self.env, check=True, input=PASSWORD.encode(), stdout=subprocess.DEVNULL,
        )  # fmt: skip


@contextmanager
def a_site(database: str, *, is_collected: bool = False) -> Iterator[Site]:
    """An empty site on ``sqlite`` or ``postgres``, served on a free port of this machine.

    ``is_collected``: static files come hashed and compressed, as in daily use.
    """
    folder = short_folder()
    folder.chmod(0o711)
    server = PostgresServer(folder) if database == "postgres" else None
    web = None
    try:
        if server:
            server.start()
        env = os.environ | {
            "SECRET_KEY": os.urandom(40).hex(),
            "VAR_DIR": str(folder),
            "DATABASE_URL": server.url if server else f"sqlite:///{folder / 'bench.sqlite3'}",
            "REDIS_URL": "",
            "PLAIN_STATIC": "" if is_collected else "1",
            "LOG_LEVEL": "WARNING",
        }
        port = _free_port()
        Site("", 0, folder, env).manage("migrate")
        if is_collected:
            Site("", 0, folder, env).manage("collectstatic", "--noinput")
        web = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", *WEB],
            cwd=ROOT, env=env | {"PORT": str(port)}, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        site = Site(f"http://127.0.0.1:{port}", web.pid, folder, env)
        _wait(site.base)
        yield site
    finally:
        if web:
            web.terminate()
            web.wait(30)
        if server:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait(base: str) -> None:
    for _ in range(150):
        try:
            urllib.request.urlopen(f"{base}/readyz", timeout=2)  # noqa: S310 - loopback
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit(f"{base} did not answer.")
