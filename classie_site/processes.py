"""Child processes in groups of their own, which end when the one that started them does."""

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
LARGEST_LOG = 10_000_000


class Child:
    """One long-lived process, its log and the history of its restarts."""

    def __init__(self, name: str, command: Sequence[str], log: Path, grace: float = 10) -> None:
        self.name = name
        self.command = command
        self.log = log
        self.grace = grace
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0
        self.due_at = 0.0
        self.failures = 0

    def start(self, environment: Mapping[str, str]) -> int:
        """Start it and return its process id, which is its group's too."""
        with self.log.open("ab") as output:
            self.process = spawn(self.command, environment, output.fileno())
        self.started_at = time.monotonic()
        return self.process.pid

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def ask_to_end(self) -> None:
        """Its main process ends the others of its group in its own way."""
        if self.process is not None:
            self.process.terminate()

    def fail(self) -> float:
        """Note that it died; the seconds until it shall be started again."""
        lived = time.monotonic() - self.started_at
        self.failures = 1 if lived > 60 else self.failures + 1
        wait = min(2.0 ** (self.failures - 1), 60)
        self.due_at = time.monotonic() + wait
        self.process = None
        return wait

    def trim_log(self) -> None:
        """Keep one older file. The process goes on writing: it opened the file to append."""
        with contextlib.suppress(OSError):  # a log that cannot be kept stops nothing
            if self.log.stat().st_size > LARGEST_LOG:
                shutil.copyfile(self.log, self.log.with_suffix(".log.1"))
                os.truncate(self.log, 0)

    def last_lines(self, number: int = 15) -> str:
        """The end of the log, indented, for a person."""
        if not self.log.is_file():
            return ""
        with self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - 20_000))
            lines = log.read().decode(errors="replace").splitlines()[-number:]
        return "\n".join(f"    {line}" for line in lines)


def spawn(
    command: Sequence[str],
    environment: Mapping[str, str],
    output: int | None = None,
    account: Mapping[str, Any] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a process that leads a group of its own and ends with this one.

    ``account`` holds Popen's ``user``, ``group`` and ``extra_groups``.
    """
    parent = os.getpid()

    def end_with_parent() -> None:
        if LIBC is not None:
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:  # it died before the line above
                os._exit(1)

    return subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
        preexec_fn=end_with_parent,
        **(account or {}),
    )


def signal_group(group: int, number: int) -> bool:
    """Signal every process of the group; False when none is left."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def end_groups(groups: set[int], seconds: float) -> None:
    """Ask all to end, then make them."""
    for group in groups:
        signal_group(group, signal.SIGTERM)
    deadline = time.monotonic() + seconds
    while any(signal_group(group, 0) for group in groups) and time.monotonic() < deadline:
        time.sleep(0.1)
    for group in groups:
        signal_group(group, signal.SIGKILL)


def remove_folder(folder: Path | None) -> None:
    """Remove a folder of sockets; the guard and the supervisor do so at the same moment."""
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)
