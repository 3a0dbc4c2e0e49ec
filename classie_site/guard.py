"""A small process that outlives a killed supervisor and ends what that left behind."""

import os
import signal
from pathlib import Path

from classie_site.processes import end_groups, remove_folder

SECONDS = 10


class Guard:
    """Told of every process group; when the pipe from the supervisor breaks, it ends them all.

    The system's own means (a signal on the parent's death) reaches children only, not what
    they started, and Linux only. The guard also keeps the lock on var/ until all have ended.
    """

    def __init__(self, folder: Path | None = None) -> None:
        reader, self.writer = os.pipe()
        if os.fork() == 0:
            os.close(self.writer)
            _watch(reader, folder)
        os.close(reader)

    def add(self, group: int) -> None:
        os.write(self.writer, b"+%d\n" % group)

    def remove(self, group: int) -> None:
        os.write(self.writer, b"-%d\n" % group)

    def dismiss(self) -> None:
        """All have ended: the guard goes as well."""
        os.close(self.writer)


def _watch(reader: int, folder: Path | None) -> None:
    """The guard's whole life; it never returns."""
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    with os.fdopen(reader, "rb") as lines:
        for line in lines:
            group = int(line[1:])
            groups.add(group) if line.startswith(b"+") else groups.discard(group)
    end_groups(groups, SECONDS)
    remove_folder(folder)
    os._exit(0)
