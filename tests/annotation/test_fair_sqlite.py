"""Writers to SQLite wait in a fair queue: none starves, and none is left waiting by the dead."""

import gc
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, OperationalError, connection, connections, transaction

from annotation.models import User
from annotation.reports.snapshot import snapshot
from tests.factories import UserFactory
from tests.patience import patience

pytestmark = [pytest.mark.sqlite_only, pytest.mark.django_db(transaction=True)]
DEED = 0.005  # seconds that each deed keeps the lock


def write(name):
    with transaction.atomic():
        User.objects.filter(username="one").update(first_name=name)
        time.sleep(DEED)


def in_thread(deed):
    """Run it in a thread of its own, and close the thread's connection."""

    def run():
        try:
            return deed()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as threads:
        return threads.submit(run).result()


@pytest.fixture
def one():
    return UserFactory(username="one")


def test_the_site_has_the_fair_backend():
    assert connection.settings_dict["ENGINE"] == "classie_site.fair_sqlite3"
    assert connection.vendor == "sqlite"


def test_none_of_eight_writers_waits_much_longer_than_its_turn(one):
    waits = []

    def work():
        for n in range(20):
            began = time.monotonic()
            write(str(n))
            waits.append(time.monotonic() - began)
        connections.close_all()

    began = time.monotonic()
    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    share = (time.monotonic() - began) / 160
    assert len(waits) == 160
    # By turns each waits for seven others; SQLite's own handler let the worst wait for hundreds.
    assert max(waits) < 60 * share


def test_another_process_is_waited_for_and_not_longer_than_said(one):
    other = sqlite3.connect(connection.settings_dict["NAME"], check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    threading.Timer(0.2, other.rollback).start()
    write("waited")
    assert 0.2 <= time.monotonic() - began < patience(3)
    other.execute("BEGIN IMMEDIATE")
    before = connection.settings_dict["OPTIONS"]
    connection.settings_dict["OPTIONS"] = {**before, "timeout": 0.3}
    try:
        began = time.monotonic()
        with pytest.raises(OperationalError, match="locked"):
            write("never")
        assert 0.25 < time.monotonic() - began < patience(3)
    finally:
        connection.settings_dict["OPTIONS"] = before
        other.rollback()
        other.close()
    write("again")  # the turn was given up, and the lock is free
    one.refresh_from_db()
    assert one.first_name == "again"


def test_after_a_fault_the_next_has_the_turn(one):
    with pytest.raises(IntegrityError), transaction.atomic():
        UserFactory(username="one")
    in_thread(lambda: write("next"))
    with transaction.atomic():
        User.objects.update(first_name="lost")
        connection.close()  # in the middle: SQLite rolls back
    in_thread(lambda: write("last"))
    one.refresh_from_db()
    assert one.first_name == "last"


def test_a_thread_that_died_in_the_middle_keeps_nobody_waiting(one):
    def die():
        connection.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
        User.objects.update(first_name="never")

    thread = threading.Thread(target=die)
    thread.start()
    thread.join()
    gc.collect()
    began = time.monotonic()
    write("alive")
    assert time.monotonic() - began < patience(3)


def test_a_reader_of_one_moment_takes_no_turn(one):
    with snapshot():
        assert User.objects.get().first_name == ""
        in_thread(lambda: write("meanwhile"))
        assert User.objects.get().first_name == ""
    one.refresh_from_db()
    assert one.first_name == "meanwhile"


def test_single_statements_wait_as_sqlite_does_it(one):
    write("first")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        assert cursor.fetchone()[0] == 20_000
