"""Child processes: what they leave in their logs, and when they come back."""

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from classie_site import processes
from classie_site.processes import Child, end_groups, remove_folder


@pytest.fixture
def child(tmp_path):
    made = Child("speaker", [sys.executable, "-c", "print('first\\nlast')"], tmp_path / "log")
    made.start(os.environ)
    made.process.wait()
    return made


def test_the_last_words_of_a_process_are_kept(child):
    assert child.last_lines(1) == "    last"


def test_a_process_that_keeps_dying_waits_longer_each_time(child):
    assert [child.fail() for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]


def test_a_process_that_lived_long_comes_back_at_once(child):
    child.failures = 5
    child.started_at = time.monotonic() - 61
    assert child.fail() == 1


def test_a_long_log_makes_room_and_keeps_one_older_file(child, monkeypatch):
    monkeypatch.setattr(processes, "LARGEST_LOG", 5)
    child.trim_log()
    assert child.log.read_text() == ""
    assert child.log.with_suffix(".log.1").read_text() == "first\nlast\n"


def test_a_group_that_will_not_end_is_made_to():
    deaf = "signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    stubborn = f"import signal, time; {deaf}; print(1, flush=True); time.sleep(60)"
    with subprocess.Popen(
        [sys.executable, "-c", stubborn], start_new_session=True, stdout=subprocess.PIPE
    ) as process:
        process.stdout.readline()
        end_groups({process.pid}, 0.3)
        assert process.wait(5) == -9


def test_a_folder_that_two_remove_at_once_is_removed_without_a_word(tmp_path):
    """As the supervisor and its guard do at the end of a site."""
    together = threading.Barrier(2)

    def remove(folder):
        together.wait()
        remove_folder(folder)

    with ThreadPoolExecutor(2) as threads:
        for n in range(500):
            folder = tmp_path / str(n)
            folder.mkdir()
            (folder / "broker.sock").touch()
            assert list(threads.map(remove, [folder, folder])) == [None, None]
            assert not folder.exists()
