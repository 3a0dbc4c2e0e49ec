"""How long a test waits before it calls something broken: longer where the machine is busy."""

import os


def patience(seconds: float) -> float:
    """The seconds for an idle machine, times the programs that wait for each of its cores."""
    return seconds * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
