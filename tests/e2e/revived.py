"""A server that is killed and starts again in a blink: ``python -m tests.e2e.revived``.

It has read the code before; each start is a fork of it that binds the port anew, with nothing of
the one before but the code. On its standard input it is told ``start`` or ``kill``; it answers
with a line once that is done, and kills what runs when its input ends.
"""

import os
import signal
import socket
import sys

# What a start would take seconds to read. No connection is open yet, so a fork shares none.
from classie_site.wsgi import application  # noqa: F401 - gunicorn finds it read

COMMAND = ["gunicorn", "classie_site.wsgi", "-c", "python:classie_site.gunicorn_config"]


def reserve(address: tuple[str, int]) -> socket.socket:
    """Keep the port while nobody listens on it.

    The kernel would give it to any program that connects to something, and the next start could
    not bind it. A connection to a port that is only bound is refused, as it should be.
    """
    kept = socket.socket()
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    kept.bind(address)
    return kept


def start() -> int:
    pid = os.fork()
    if pid == 0:
        os.setsid()
        sys.argv = COMMAND
        from gunicorn.app.wsgiapp import run

        silent = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1):
            os.dup2(silent, stream)
        run()
        os._exit(0)
    return pid


def kill(pid: int) -> None:
    os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def main() -> None:
    pid = None
    with reserve((os.environ["BIND"], int(os.environ["PORT"]))):
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
