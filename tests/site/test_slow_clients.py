"""Clients that say nothing, or hardly anything, take no thread that a page needs."""

import select
import socket
import time
from contextlib import ExitStack, contextmanager

import pytest

from tests.conftest import end_group
from tests.patience import patience
from tests.site.test_raw_requests import GET, HOST, SIGN_IN, Server, length

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]
SLOW = {  # how many of each: gunicorn has sixteen threads
    "nothing": (200, b""),
    "half a head": (200, GET + b"Host: loc"),
    "half a body": (40, SIGN_IN + length(500) + b"a="),
    "the beginning of a long body": (40, SIGN_IN + length(900_000) + b"a="),
    "the promise of a body": (40, SIGN_IN + b"Expect: 100-continue\r\n" + length(500)),
}


@contextmanager
def clients(server, name):
    n, said = SLOW[name]
    with ExitStack() as open_ones:
        address = ("127.0.0.1", server.port)
        found = [
            open_ones.enter_context(socket.create_connection(address, timeout=60)) for _ in range(n)
        ]
        for client in found:
            client.sendall(said)
        yield found


def is_listened_to(client):
    """Whether no answer has come within a tenth of a second, and so nobody has given up."""
    return not select.select([client], [], [], 0.1)[0]


@pytest.fixture
def start(process_environment, tmp_path):
    started = []

    def start(*words):
        started.append(Server(process_environment, tmp_path / "said.txt", *words))
        return started[-1]

    yield start
    for server in started:
        end_group(server.process)


def test_slow_clients_of_each_kind_stop_neither_a_page_nor_an_answer(start):
    server = start()
    for name in SLOW:
        with clients(server, name):
            for _ in range(4):  # both workers
                page = server.say(GET + HOST + b"\r\n")
                assert (page.status, page.seconds < patience(2)) == (200, True), name
            assert server.say(SIGN_IN + length(3) + b"a=b").status == 403, name
    assert "Traceback" not in server.log.read_text()


def test_what_is_not_whole_in_time_is_told_so_and_given_up(start):
    server = start("-k", "tests.site.hurried_worker.GatheringWorker")
    began = time.monotonic()
    for name in ("half a head", "half a body"):
        with clients(server, name) as waiting:
            assert all(client.recv(100).startswith(b"HTTP/1.1 408 ") for client in waiting), name
    assert time.monotonic() - began < patience(10)
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as client:
        client.sendall(SIGN_IN + length(900_000))  # too long to be gathered: it comes in drops
        while time.monotonic() - began < patience(30) and is_listened_to(client):
            client.sendall(b"a")
        assert not is_listened_to(client)
    assert server.say(GET + HOST + b"\r\n").status == 200
