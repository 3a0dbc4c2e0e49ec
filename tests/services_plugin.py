"""Starts PostgreSQL and a broker before pytest-django reads the settings (no conftest can)."""

import atexit
import os
import secrets
import shutil
from collections.abc import Generator
from pathlib import Path

import pytest

from classie_site.broker import EmbeddedBroker, choose_broker, short_folder
from classie_site.processes import spawn
from tests.postgres_server import PostgresServer

HERE = Path(__file__).parent
WITH_PROCESSES = ("e2e", "faults", "site")
BROKER_IS_OURS = "TEST_BROKER_IS_OURS"
# Tests that start processes wait by themselves, and longer on a busy machine.
SECONDS_FOR_PROCESSES = 900


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests() -> Generator[None]:
    """A wrapper, since pytest-django's own hook is a tryfirst one too."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        start_services()
    else:
        give_worker_its_own(worker)
    return (yield)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--only-with-database",
        action="store_true",
        help="deselect what touches no database: it has passed beside the other one already",
    )


@pytest.hookimpl(tryfirst=True)  # before -m takes any away
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What suits one database only is deselected on the other; nothing is skipped."""
    for item in items:
        expect_where_it_is_run(item)
        if item.get_closest_marker("worker") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(SECONDS_FOR_PROCESSES))
    unfit = "postgres_only" if is_sqlite(os.environ["DATABASE_URL"]) else "sqlite_only"
    out = [item for item in items if item.get_closest_marker(unfit)]
    if config.getoption("only_with_database"):
        out += [item for item in items if not depends_on_database(item)]
    if out:
        config.hook.pytest_deselected(items=out)
        gone = set(out)
        items[:] = [item for item in items if item not in gone]


def expect_where_it_is_run(item: pytest.Item) -> None:
    """`make test` looks for browsers and processes in few folders, not to collect all twice."""
    if not (item.get_closest_marker("e2e") or item.get_closest_marker("worker")):
        return
    if not any(item.path.is_relative_to(HERE / folder) for folder in WITH_PROCESSES):
        where = ", ".join(f"tests/{folder}" for folder in WITH_PROCESSES)
        raise pytest.UsageError(f"{item.nodeid} would never be run. Move it to one of {where}.")


def depends_on_database(item: pytest.Item) -> bool:
    """By its mark, by a fixture, or through the settings and commands that tests/site tries.

    What is marked ``any_database`` has rows, but its subject is files, AWS, the mathematics of a
    model, or who may open what.
    """
    if item.get_closest_marker("any_database"):
        return False
    has_rows = {"db", "transactional_db", "live_server"} & set(getattr(item, "fixturenames", ()))
    about_site = item.path.is_relative_to(HERE / "site")
    return bool(has_rows or about_site or item.get_closest_marker("django_db"))


def is_sqlite(url: str) -> bool:
    return url.startswith("sqlite:")


def start_services() -> None:
    """Export DATABASE_URL, REDIS_URL, SECRET_KEY, VAR_DIR and PLAIN_STATIC for this run only."""
    folder = short_folder()
    # PostgreSQL's account is another one when root runs the tests: it must pass through here.
    folder.chmod(0o711)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    use_var_folder(folder / "var")
    os.environ["SECRET_KEY"] = secrets.token_urlsafe(64)
    os.environ["PLAIN_STATIC"] = "1"  # pages are tested without collectstatic
    start_database(folder)
    start_broker(folder)


def use_var_folder(var: Path) -> None:
    var.mkdir(mode=0o700, exist_ok=True)
    (var / "static").mkdir(exist_ok=True)  # WhiteNoise warns of a missing one
    os.environ["VAR_DIR"] = str(var)


def start_database(folder: Path) -> None:
    """DATABASE_URL where it is given, SQLite where that is asked for, else PostgreSQL."""
    wanted = os.environ.get("TEST_DATABASE", "")
    if wanted not in ("", "postgres", "sqlite"):
        raise pytest.UsageError(f"TEST_DATABASE is {wanted!r}; it may be 'postgres' or 'sqlite'.")
    if wanted == "sqlite":
        os.environ["DATABASE_URL"] = f"sqlite:///{folder / 'var' / 'site.sqlite3'}"
    elif not os.environ.get("DATABASE_URL"):
        server = PostgresServer(folder)
        atexit.register(server.stop)
        server.start()
        os.environ["DATABASE_URL"] = server.url


def start_broker(folder: Path) -> None:
    """REDIS_URL where it is given, else a server of our own."""
    broker = choose_broker(os.environ)
    if isinstance(broker, EmbeddedBroker):
        atexit.register(shutil.rmtree, broker.folder, ignore_errors=True)
        with (folder / "broker.log").open("wb") as log:
            process = spawn(broker.command(folder / "broker"), os.environ, log.fileno())
        atexit.register(process.wait, 10)
        atexit.register(process.terminate)
        if not broker.wait():
            said = (folder / "broker.log").read_text(errors="replace")
            raise RuntimeError(f"The broker did not start:\n{said}")
        os.environ["REDIS_URL"] = broker.url
        os.environ[BROKER_IS_OURS] = "1"


def give_worker_its_own(worker: str) -> None:
    """A folder and a broker database for each xdist process; pytest-django parts the databases."""
    use_var_folder(Path(os.environ["VAR_DIR"]) / worker)
    if BROKER_IS_OURS in os.environ:
        number = 1 + int(worker.removeprefix("gw"))
        url = os.environ["REDIS_URL"].replace("virtual_host=0", f"virtual_host={number}")
        os.environ["REDIS_URL"] = url
