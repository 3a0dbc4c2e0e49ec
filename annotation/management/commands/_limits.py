"""Files are read in a process of their own that may neither grow nor run without end."""

import contextlib
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence

from django.core.management.base import CommandError, CommandParser

MEMORY = 1_000_000_000
NICE = 10
SECONDS = 60  # of computing without a sign of progress
MOST_SECONDS = 3600  # of computing in all
ENDS = {
    -signal.SIGXCPU: f"The file took over {SECONDS} s of computing without a further row, or "
    f"{MOST_SECONDS:,} s in all. Import it in smaller parts.",
    -signal.SIGKILL: "The import was killed. Start it again: it goes on where it ended.",
    -signal.SIGINT: "Interrupted. Start it again: it goes on where it ended.",
}


def add_child_options(parser: CommandParser) -> None:
    parser.add_argument("--limited", action="store_true", help="set by the command for its child")
    parser.add_argument(
        "--in-this-process", action="store_true", help="read the file here, without limits"
    )


def limit_this_process() -> Callable[[], None]:
    """From here on: 1 GB of addresses, a minute of computing, nothing fetched over HTTP, and the
    processors only when nobody who annotates wants them.

    Returns what to call when something is achieved: it grants a further minute, up to an hour.
    """
    with contextlib.suppress(ValueError, OSError):  # a lower limit stands already
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    os.nice(NICE)
    _more_time()
    sys.addaudithook(_refuse_fetching)
    return _more_time


def _more_time() -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = min(int(used.ru_utime + used.ru_stime) + SECONDS, MOST_SECONDS)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def _refuse_fetching(event: str, arguments: object) -> None:
    if event == "urllib.Request":
        raise PermissionError("A file that is imported may not have anything fetched.")


def run_limited(name: str, arguments: Sequence[str]) -> None:
    """Do a command's work in a limited child, which speaks to the same terminal.

    Raises:
        CommandError: the child was ended; what it said itself stands on the terminal.
    """
    command = [sys.executable, sys.argv[0], name, "--limited", *arguments]
    child = subprocess.Popen(command)
    try:
        code = child.wait()
    except KeyboardInterrupt:
        code = child.wait()  # the terminal has told it, too
    if code in ENDS:
        raise CommandError(ENDS[code])
    if code:
        sys.exit(code)
