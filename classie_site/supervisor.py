"""Starts the whole site and keeps it running: broker, web server, worker and clock."""

import http.client
import os
import signal
import sys
import time
from pathlib import Path

from classie_site.broker import BrokerMissing, EmbeddedBroker, choose_broker
from classie_site.guard import Guard
from classie_site.lock import sign_lock, take_lock
from classie_site.preflight import (
    ROOT,
    CannotStart,
    address,
    refuse_busy_port,
    refuse_open_network,
    var_folder,
)
from classie_site.processes import Child, remove_folder, signal_group, spawn
from classie_site.secret import ensure_secret

SECONDS_TO_A_PAGE = 90
STEP = 0.2


class Stop(Exception):
    """A person or the system asks for the end."""


class Supervisor:
    """Children by name, and the guard that ends them should this process be killed."""

    def __init__(self, environment: dict[str, str], broker: str | EmbeddedBroker) -> None:
        self.environment = environment
        self.broker = broker
        self.children: list[Child] = []
        self.guard = Guard(broker.folder if isinstance(broker, EmbeddedBroker) else None)
        self.stops_asked = 0
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)

    def _ask_to_stop(self, number: int, frame: object) -> None:
        self.stops_asked += 1

    def start(self, child: Child) -> None:
        self.guard.add(child.start(self.environment))
        if child not in self.children:
            self.children.append(child)

    def run_once(self, *command: str) -> None:
        """A step before the site can serve; it speaks to the terminal itself."""
        process = spawn([sys.executable, *command], self.environment)
        self.guard.add(process.pid)
        while process.poll() is None:
            if self.stops_asked:
                signal_group(process.pid, signal.SIGTERM)
                process.wait()
            time.sleep(0.05)
        self.guard.remove(process.pid)
        if self.stops_asked:
            raise Stop
        if process.returncode:
            raise CannotStart(f"{' '.join(command)} failed; its words stand above.")

    def watch(self) -> None:
        """Notice the dead, and start again those whose time has come."""
        for child in self.children:
            if child.process is not None and not child.is_running():
                code = child.process.returncode
                signal_group(child.process.pid, signal.SIGKILL)  # what it left behind
                self.guard.remove(child.process.pid)
                wait = child.fail()
                say(
                    f"The {child.name} process stopped (exit code {code}) and is started again"
                    f" in {wait:.0f} s. Its last words, in {child.log}:\n{child.last_lines()}"
                )
            elif child.process is None and time.monotonic() >= child.due_at:
                self.start(child)
            child.trim_log()
        time.sleep(STEP)
        if self.stops_asked:
            raise Stop

    def wait_for_page(self, host: str, port: int, web: Child) -> None:
        """Until /livez and then / answer."""
        deadline = time.monotonic() + SECONDS_TO_A_PAGE
        while not all(answers(host, port, path) for path in ("/livez", "/")):
            if time.monotonic() > deadline or web.failures >= 3:
                raise CannotStart(
                    f"No page came from http://{host}:{port}/. Its last words, in {web.log}:"
                    f"\n{web.last_lines()}"
                )
            self.watch()

    def stop(self) -> None:
        """End everything: the broker last, since the others still speak to it."""
        asked = self.stops_asked
        broker = [child for child in self.children if child.name == "broker"]
        others = [child for child in self.children if child.name != "broker"]
        for group in (others, broker):
            running = [child for child in group if child.is_running()]
            for child in running:
                child.ask_to_end()
            self._wait(running, asked)
        self.guard.dismiss()
        if isinstance(self.broker, EmbeddedBroker):
            remove_folder(self.broker.folder)

    def _wait(self, children: list[Child], asked: int) -> None:
        """Give each its time; a second Ctrl-C gives none."""
        began = time.monotonic()
        for child in children:
            while child.is_running() and self.stops_asked <= asked:
                if time.monotonic() > began + child.grace:
                    say(f"{child.name} did not stop within {child.grace:.0f} s and is killed.")
                    break
                time.sleep(0.05)
            if child.process is not None:
                signal_group(child.process.pid, signal.SIGKILL)
                child.process.wait()
                self.guard.remove(child.process.pid)


def main() -> None:
    """Run the site until somebody stops it."""
    try:
        run(dict(os.environ))
    except (CannotStart, BrokerMissing) as error:
        sys.exit(str(error))


def run(environment: dict[str, str]) -> None:
    host, port = address(environment)
    refuse_open_network(host, environment)
    var = var_folder(environment)
    lock = take_lock(var)
    refuse_busy_port(host, port)
    ensure_secret(environment)
    sign_lock(lock, f"process {os.getpid()}, http://{host}:{port}/")
    for folder in ("log", "beat"):
        (var / folder).mkdir(exist_ok=True, mode=0o700)
    broker = choose_broker(environment)
    url = broker.url if isinstance(broker, EmbeddedBroker) else broker
    settled = {"VAR_DIR": str(var), "BIND": host, "PORT": str(port), "REDIS_URL": url}
    os.chdir(ROOT)
    supervisor = Supervisor({**environment, **settled, "PYTHONUNBUFFERED": "1"}, broker)
    try:
        serve(supervisor, var, host, port)
    except Stop:
        say("Stopping…")
    finally:
        (var / "broker-url").unlink(missing_ok=True)
        supervisor.stop()
    say("Stopped. All data is kept.")


def serve(supervisor: Supervisor, var: Path, host: str, port: int) -> None:
    """The start, in order, and then the watch."""
    log, broker = var / "log", supervisor.broker
    if isinstance(broker, EmbeddedBroker):
        supervisor.start(Child("broker", broker.command(var / "broker"), log / "broker.log"))
        if not broker.wait():
            raise CannotStart(f"The broker did not start:\n{supervisor.children[0].last_lines()}")
        (var / "broker-url").write_text(broker.url)  # for commands beside the site
    supervisor.run_once("manage.py", "prepare")
    web = Child("web", python("gunicorn", *WEB), log / "web.log", grace=30)
    supervisor.start(web)
    for name, arguments in {
        "worker": WORKER,
        "scoring": SCORING,
        "watch": WATCH,
        "beat": [*BEAT, str(var / "beat" / "schedule")],
    }.items():
        supervisor.start(Child(name, python("celery", *arguments), log / f"{name}.log"))
    supervisor.wait_for_page(host, port, web)
    say(f"Started: http://{host}:{port}/  Ctrl-C stops it. Logs are in {log}.")
    while True:
        supervisor.watch()


WEB = ["-c", "python:classie_site.gunicorn_config", "classie_site.wsgi"]
CELERY = ["-A", "classie_site"]
# Workers on this machine have nobody to gossip with, and starting does not wait for answers.
ALONE = ["--without-gossip", "--without-mingle", "-l", "INFO"]
WORKER = [*CELERY, "worker", "-n", "work@%h", "-c", "2", "-Q", "default,train,bulk", *ALONE]
# Places of their own for what must not wait behind two long jobs: a promotion takes effect by
# scoring, and what asks for the night and looks for alarms is a matter of milliseconds.
SCORING = [*CELERY, "worker", "-n", "scoring@%h", "-c", "1", "-Q", "scoring", *ALONE]
WATCH = [*CELERY, "worker", "-n", "watch@%h", "-P", "solo", "-Q", "watch", *ALONE]
BEAT = [*CELERY, "beat", "-l", "WARNING", "--schedule"]


def python(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]


def answers(host: str, port: int, path: str) -> bool:
    """Whether this path gives an answer that is no server error."""
    reach = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  asks, never binds
    connection = http.client.HTTPConnection(reach, port, timeout=5)
    try:
        connection.request("GET", path, headers={"Host": host})
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def say(words: str) -> None:
    print(words, flush=True)


if __name__ == "__main__":
    main()
