"""How long a test waits before it calls something broken: longer where the machine is busy."""

import os
from pathlib import Path


def patience(seconds: float) -> float:
    """The seconds for an idle machine, times the programs that want each of its cores."""
    return seconds * max(1.0, programs() / (os.cpu_count() or 1))


def programs() -> float:
    """How many want a core: of the last minute and of this moment the worse.

    The average of a minute learns late of a load that has just begun.
    """
    try:
        now = int(Path("/proc/loadavg").read_text().split()[3].partition("/")[0])
    except OSError:  # not Linux
        now = 0
    return max(now, os.getloadavg()[0])
