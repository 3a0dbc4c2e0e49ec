"""Fixtures that every test may use: an environment for real processes, and real Celery workers."""

import contextlib
import gc
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote

import hypothesis
import pytest
import redis

from tests.patience import patience
from tests.services_plugin import BROKER_IS_OURS

# The same examples in every run, and no limit that a busy machine would break.
hypothesis.settings.register_profile(
    "steady",
    derandomize=True,
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("steady")
ROOT = Path(__file__).resolve().parent.parent
ALL_QUEUES = "default,train,bulk,scoring,watch"


def pytest_collection_finish():
    """What is imported stays, and need not be looked through for rubbish again and again."""
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


def url_of(database):
    """The URL of the database that the tests use, from its settings while they run."""
    if database["ENGINE"].endswith("sqlite3"):
        return f"sqlite:///{database['NAME']}"
    account = ":".join(quote(part, safe="") for part in (database["USER"], database["PASSWORD"]))
    address = quote(database["HOST"], safe="") + (f":{database['PORT']}" * bool(database["PORT"]))
    return f"postgres://{account.rstrip(':')}@{address}/{database['NAME']}"


@pytest.fixture(scope="session", autouse=True)
def quick_settings():
    """Passwords are hashed once, and WhiteNoise looks at a static file when it is asked for.

    Every test client starts the middleware anew, and else all files with it.
    """
    from django.test import override_settings

    with override_settings(
        PASSWORD_HASHERS=["tests.quick_passwords.QuickHasher"], WHITENOISE_AUTOREFRESH=True
    ):
        yield


@pytest.fixture(scope="session", autouse=True)
def prompt_live_server():
    """Django's server of tests sends a head and its body apart, and the second waits for the first.

    That is 44 ms for each file of a page, on a line that the browser keeps.
    """
    from django.core.servers.basehttp import WSGIRequestHandler

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WSGIRequestHandler, "disable_nagle_algorithm", True)
        yield


@pytest.fixture(scope="session", autouse=True)
def quick_end_of_tests_that_commit():
    from tests.emptying import quick_flush

    take_back = quick_flush()
    yield
    take_back()


@pytest.fixture(scope="module")
def rows_of_module(django_db_setup, django_db_blocker):
    """``with rows_of_module():``: rows made here stand for the module's tests, then go again.

    Each test that uses ``db`` has a savepoint of its own inside. For modules without a
    transactional test.
    """
    from django.db import transaction

    @contextlib.contextmanager
    def rows_of_module():
        with django_db_blocker.unblock(), transaction.atomic():
            yield
            transaction.set_rollback(True)

    return rows_of_module


@pytest.fixture
def process_environment(transactional_db):
    """Environment for a real process that shall see the database of the tests."""
    from django.db import connection

    return {**os.environ, "DATABASE_URL": url_of(connection.settings_dict)}


@pytest.fixture
def start_worker(process_environment, tmp_path):
    """``start_worker(concurrency=1, queues="train")``: a real Celery worker that is ready."""
    started = []
    empty_broker()

    def start(concurrency=1, queues=ALL_QUEUES, **variables):
        log = tmp_path / f"worker-{len(started)}.log"
        name = f"test-{len(started)}@%h"
        command = [sys.executable, "-m", "celery", "-A", "classie_site", "worker", "-l", "INFO"]
        options = ["-c", str(concurrency), "-Q", queues, "-n", name]
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*command, *options],
                cwd=ROOT,
                env={**process_environment, **variables},
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        process.log = log
        started.append(process)
        wait_until(lambda: "ready." in log.read_text(), 60, lambda: log.read_text())
        return process

    yield start
    for process in started:
        end_group(process)


def empty_broker():
    """No message of an earlier test reaches this one's worker; another's Redis is left alone."""
    if BROKER_IS_OURS in os.environ:
        url = os.environ["REDIS_URL"].replace("redis+socket", "unix").replace("virtual_host", "db")
        with redis.Redis.from_url(url) as client:
            client.flushdb()


def wait_until(is_so, seconds=30, explain=lambda: ""):
    """Ask again and again until it is so; fail with an explanation when the time is up."""
    began, longest = time.monotonic(), 0.0
    while not is_so():
        # The load is asked each time: it may be the test itself that makes the machine busy.
        longest = max(longest, patience(seconds))
        if time.monotonic() - began > longest:
            pytest.fail(f"Not so within {time.monotonic() - began:.0f} seconds. {explain()}")
        time.sleep(0.05)


def end_group(process):
    """Kill the process and all that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)
