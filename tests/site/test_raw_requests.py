"""What no client library would send, to the real server: each answered within two seconds."""

import contextlib
import http.client
import re
import socket
import struct
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import psutil
import pytest
from django.test import Client

from tests.conftest import ROOT, end_group, wait_until
from tests.factories import AdministratorFactory
from tests.patience import patience

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]
SECONDS = 2
BODY = b'{"username": "nobody", "password": "wrong"}'
HOST = b"Host: localhost\r\nConnection: close\r\n"
JSON = HOST + b"Content-Type: application/json\r\n"
FORM = HOST + b"Content-Type: application/x-www-form-urlencoded\r\n"
TOKEN = b"POST /api/v1/auth/token/ HTTP/1.1\r\n" + JSON
SIGN_IN = b"POST /sign-in/ HTTP/1.1\r\n" + FORM
GET = b"GET /sign-in/ HTTP/1.1\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"


def length(n):
    return b"Content-Length: %d\r\n\r\n" % n


def chunks(body):
    return b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)


class Server:
    """gunicorn as ``manage.py up`` starts it."""

    def __init__(self, environment, log):
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        command = [sys.executable, "-m", "gunicorn", "classie_site.wsgi"]
        self.log = log
        with log.open("wb") as said:
            self.process = subprocess.Popen(
                [*command, "-c", "python:classie_site.gunicorn_config"],
                cwd=ROOT,
                env={**environment, "PORT": str(self.port), "PLAIN_STATIC": "1"},
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        wait_until(self.answers, 60, log.read_text)

    def answers(self):
        try:
            return self.say(b"GET /livez HTTP/1.1\r\n" + HOST + b"\r\n").status == 200
        except OSError:
            return False

    def say(self, request, *, hang_up=False):
        """Send bytes; what comes back, whole."""
        began = time.monotonic()
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as client:
            # It may be refused before all of it was sent: the answer says so.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                client.sendall(request)
            if hang_up:
                client.shutdown(socket.SHUT_WR)
            answer = Answer(client, request.split(b" ")[0].decode())
        answer.seconds = time.monotonic() - began
        return answer

    @contextmanager
    def within(self, megabytes):
        """What the workers hold at most meanwhile is so much over what they held before."""
        for _ in range(16):  # what the first requests bring along is nobody's fault
            self.say(GET + HOST + b"\r\n")
        workers = psutil.Process(self.process.pid).children()
        before = [worker.memory_info().rss for worker in workers]
        most, is_over = before[:], threading.Event()

        def watch():
            while not is_over.wait(0.01):
                for n, worker in enumerate(workers):
                    most[n] = max(most[n], worker.memory_info().rss)

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            yield
        finally:
            is_over.set()
            watcher.join()
        for peak, held in zip(most, before, strict=True):
            assert peak - held < megabytes * 1_000_000


class Answer:
    def __init__(self, client, method="POST"):
        response = http.client.HTTPResponse(client, method=method)
        response.begin()
        self.status, self.headers = response.status, response.headers
        try:
            self.body = response.read()
        except ConnectionResetError:  # of a refused body that nobody reads to its end
            self.body = b""


@pytest.fixture
def server(process_environment, tmp_path):
    server = Server(process_environment, tmp_path / "said.txt")
    yield server
    end_group(server.process)


BODIES = {
    "whole": (TOKEN + length(len(BODY)) + BODY, 400),
    "of no length at all": (TOKEN + b"\r\n" + BODY, 400),
    "in chunks": (TOKEN + CHUNKED + b"\r\n" + chunks(BODY), 411),
    "in chunks, of a form": (SIGN_IN + CHUNKED + b"\r\n" + chunks(b"username=ada"), 411),
    "in chunks, of 3 MB": (TOKEN + CHUNKED + b"\r\n" + chunks(b"x" * 3_000_000), 411),
    "in broken chunks": (TOKEN + CHUNKED + b"\r\nzz\r\nabc\r\n0\r\n\r\n", 411),
    "in chunks and of a length": (TOKEN + CHUNKED + length(5) + chunks(BODY), 400),
    "of two lengths": (TOKEN + b"Content-Length: 5\r\n" + length(50) + BODY, 400),
    "of less than nothing": (TOKEN + length(-5) + BODY, 400),
    "of a length that is no number": (TOKEN + b"Content-Length: abc\r\n\r\n" + BODY, 400),
    "longer than it says": (TOKEN + length(5) + BODY, 400),
    "of 100 GB, it says": (TOKEN + length(10**11) + BODY, 413),
    "packed in another way": (TOKEN + b"Transfer-Encoding: gzip\r\n\r\n" + BODY, 400),
    "after another promise": (TOKEN + b"Expect: 200-ok\r\n" + length(len(BODY)) + BODY, 417),
}
HEADS = {
    "another host": (GET + b"Host: evil.example\r\n\r\n", 400),
    "another host in the line": (b"GET http://evil.example/sign-in/ HTTP/1.1\r\n" + HOST, 200),
    "ours in the line only": (
        b"GET http://localhost/sign-in/ HTTP/1.1\r\nHost: evil.example\r\n", 400,
    ),
    "two hosts": (GET + b"Host: localhost\r\nHost: evil.example\r\n", 400),
    "a host with a name before it": (GET + b"Host: localhost:80@evil.example\r\n", 400),
    "another's word for the host": (GET + HOST + b"X-Forwarded-Host: evil.example\r\n", 200),
    "a megabyte of languages": (GET + HOST + b"Accept-Language: " + b"en-au," * 180_000, 431),
    "a language without end": (GET + HOST + b"Accept-Language: " + b"-" * 8_000 + b"\r\n", 200),
    "a cookie of 100 kB": (GET + HOST + b"Cookie: a=" + b"x" * 100_000 + b"\r\n", 431),
    "2,000 cookies": (GET + HOST + b"Cookie: " + b"a=b;" * 2_000 + b"\r\n", 200),
    "200 headers": (GET + HOST + b"".join(b"X-%d: a\r\n" % n for n in range(200)), 431),
    "an address of 10 kB": (b"GET /sign-in/?" + b"a" * 10_000 + b" HTTP/1.1\r\n" + HOST, 414),
    "a NUL": (GET + HOST + b"X-A: a\0b\r\n", 400),
    "a NUL in the address": (b"GET /%00 HTTP/1.1\r\n" + HOST, 404),
    "bytes in the address": (b"GET /\xff\xfe HTTP/1.1\r\n" + HOST, 400),
    "no HTTP": (b"hello\r\n", 400),
    "HTTP of another age": (b"GET /sign-in/\r\n", 400),
    "TRACE": (b"TRACE /sign-in/ HTTP/1.1\r\n" + HOST, 405),
    "CONNECT": (b"CONNECT evil.example:443 HTTP/1.1\r\n" + HOST, 404),
    "OPTIONS of everything": (b"OPTIONS * HTTP/1.1\r\n" + HOST, 404),
    "HEAD": (b"HEAD /sign-in/ HTTP/1.1\r\n" + HOST, 405),
    "PUT on a list": (b"PUT /api/v1/grants/ HTTP/1.1\r\n" + HOST, 401),
}  # fmt: skip


def test_every_odd_request_gets_the_answer_it_deserves_and_none_is_a_fault(server):
    with server.within(megabytes=50):
        for name, (request, status) in (BODIES | HEADS).items():
            answer = server.say(request if name in BODIES else request + b"\r\n")
            assert answer.status == status, (name, answer.body[:200])
            assert answer.seconds < patience(SECONDS), name
            assert b"evil.example" not in answer.body + str(answer.headers).encode(), name
    assert "Traceback" not in server.log.read_text()


def test_a_body_that_says_it_comes_is_waited_for(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as client:
        client.sendall(TOKEN + b"Expect: 100-continue\r\n" + length(len(BODY)))
        assert client.recv(100).startswith(b"HTTP/1.1 100 Continue")
        client.sendall(BODY)
        assert Answer(client).status == 400


def test_a_body_that_ends_too_soon_is_refused_and_no_fault(server):
    cut = TOKEN + length(500) + BODY[:9]
    assert server.say(cut, hang_up=True).status == 400
    for half in (cut, SIGN_IN + length(500) + b"a="):
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            client.sendall(half)
            time.sleep(0.3)  # so that it is being read when the line breaks
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wait_until(lambda: server.log.read_text().count(" 40") >= 2, 20, server.log.read_text)
    assert server.say(GET + HOST + b"\r\n").status == 200
    assert "Traceback" not in server.log.read_text()


def parts(n, more=b""):
    part = b'--q\r\nContent-Disposition: form-data; name="f%d"' + more + b"\r\n\r\nx\r\n"
    return b"".join(part % k for k in range(n)) + b"--q--\r\n"


MULTIPART = b"multipart/form-data; boundary=q"
FORMS = {
    "ten thousand parts": (MULTIPART, parts(10_000), 413),
    "ten thousand files": (MULTIPART, parts(10_000, b'; filename="a"'), 413),
    "ten thousand empty parts": (MULTIPART, b"--q\r\n" * 10_000, 413),
    "ten thousand fields": (
        b"application/x-www-form-urlencoded", b"&".join(b"f%d=x" % k for k in range(10_000)), 413,
    ),
    "no boundary": (b"multipart/form-data", parts(1), 400),
    "a boundary of 300 letters": (b"multipart/form-data; boundary=" + b"q" * 300, parts(1), 400),
    "letters of another kind": (b"application/x-www-form-urlencoded; charset=utf-7", b"a=b", 400),
}  # fmt: skip


@pytest.fixture
def browser(server):
    """Headers of a browser that has opened the sign-in."""
    page = server.say(GET + HOST + b"\r\n")
    token = re.search(rb'csrfmiddlewaretoken" value="([^"]+)', page.body)[1]
    cookie = page.headers["Set-Cookie"].split(";")[0].encode()
    return b"Cookie: " + cookie + b"\r\nX-CSRFToken: " + token + b"\r\n"


def test_a_form_of_ten_thousand_parts_is_413_within_a_moment(server, browser):
    head = b"POST /sign-in/ HTTP/1.1\r\n" + HOST + browser + b"Content-Type: "
    with server.within(megabytes=50):
        for name, (kind, body, status) in FORMS.items():
            answer = server.say(head + kind + b"\r\n" + length(len(body)) + body)
            assert answer.status == status, name
            assert answer.seconds < patience(SECONDS), name


def test_a_link_for_somebody_names_our_host_whatever_a_proxy_is_said_to_say(server):
    """Or a one-time link would lead to somebody else's site, with its key."""
    grace = AdministratorFactory(username="grace")
    session = http.client.HTTPConnection("127.0.0.1", server.port)
    client = Client()
    client.force_login(grace)
    cookie = f"sessionid={client.cookies['sessionid'].value}; csrftoken={'a' * 32}"
    headers = {
        "Host": "localhost", "Cookie": cookie, "X-CSRFToken": "a" * 32,
        "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example",
        "X-Host": "evil.example", "X-Original-URL": "http://evil.example/",
        "Content-Type": "application/x-www-form-urlencoded",
    }  # fmt: skip
    form = "username=mei&role=annotator"
    session.request("POST", "http://evil.example/people/invite/", form, headers)
    answer = session.getresponse()
    said = answer.read().decode()
    session.close()
    assert answer.status == 200, answer.headers
    assert "http://localhost/welcome/" in said
    assert "evil.example" not in said
