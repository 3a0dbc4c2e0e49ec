"""A server that is killed and starts again in a blink: ``python -m tests.e2e.revived``.

It has read the code before; each start is a fork of it that binds the port anew, with nothing of
the one before but the code. On its standard input it is told ``start`` or ``kill``; it answers
with a line once that is done, and kills what runs when its input ends.
"""

import os
import signal
import sys

# What a start would take seconds to read. No connection is open yet, so a fork shares none.
from classie_site.wsgi import application  # noqa: F401 - gunicorn finds it read

COMMAND = ["gunicorn", "classie_site.wsgi", "-c", "python:classie_site.gunicorn_config"]


def start() -> int:
    pid = os.fork()
    if pid == 0:
        os.setsid()
        sys.argv = COMMAND
        from gunicorn.app.wsgiapp import run

        silent = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(silent, stream)
        run()
        os._exit(0)
    return pid


def kill(pid: int) -> None:
    os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def main() -> None:
    pid = None
    for line in sys.stdin:
        if pid:
            kill(pid)
            pid = None
        if line.strip() == "start":
            pid = start()
        print(line.strip(), flush=True)
    if pid:
        kill(pid)


if __name__ == "__main__":
    main()
