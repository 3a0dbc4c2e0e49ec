"""gunicorn's worker of threads, which no slow client can take hold of.

gunicorn gives each new connection a thread, and waits in it for what the client sends. Sixteen
clients that send nothing, or a letter a second, would hold all threads, and browsers open spare
connections by themselves. Here the loop that accepts connections gathers a request, and a thread
begins when the request is whole. One that is too long to be gathered is read by its thread, of
which half are kept free for all others; and no thread waits for ever for bytes to come or to go.
"""

import re
import socket
import time
from collections import deque
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

GATHERED = 65_536  # bytes of a request that are gathered at most; pages and answers send less
PATIENCE = 20.0  # seconds for a request to be whole from its first byte, and for any one wait
SLOWEST = 10_000  # bytes a second of a long request, once its patience is used up
TOO_LATE = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
LENGTH = re.compile(rb"^content-length:[ \t]*(.*?)[ \t]*\r$", re.IGNORECASE | re.MULTILINE)
EXPECT = re.compile(rb"^expect:", re.IGNORECASE | re.MULTILINE)


class PatientSocket(socket.socket):
    """Its blocking calls end, and so does a body that comes in drops."""

    __slots__ = ("_n_read", "_since")

    def setblocking(self, flag: bool) -> None:
        """Never without a limit: a call that a thread waits in is given up after a while."""
        self.settimeout(PATIENCE if flag else 0.0)

    def begin(self) -> None:
        """A thread reads on from here."""
        self._since, self._n_read = time.monotonic(), 0

    def recv(self, size: int, flags: int = 0) -> bytes:
        piece = super().recv(size, flags)
        self._n_read += len(piece)
        if time.monotonic() > self._since + PATIENCE + self._n_read / SLOWEST:
            raise TimeoutError("The request comes too slowly.")
        return piece


class Gathering:
    """What has come of a request so far, and until when the rest is waited for."""

    def __init__(self, data: bytes, until: float) -> None:
        self.data, self.until = bytearray(data), until

    def is_whole(self) -> bool:
        """Whether a thread need not wait; what contradicts itself is gunicorn's to refuse."""
        end = self._end()
        return end >= 0 and not EXPECT.search(self.data, 0, end) and self._missing(end) <= 0

    def is_long(self) -> bool:
        """It would be too much to hold, or the client waits for a word before it goes on."""
        end = self._end()
        if end < 0:
            return len(self.data) >= GATHERED
        if EXPECT.search(self.data, 0, end):
            return True
        return len(self.data) + self._missing(end) > GATHERED

    def _end(self) -> int:
        return self.data.find(b"\r\n\r\n") + 2 if b"\r\n\r\n" in self.data else -1

    def _missing(self, end: int) -> int:
        lengths = LENGTH.findall(self.data, 0, end)
        if len(lengths) != 1 or not lengths[0].isdigit() or len(lengths[0]) > 18:
            return 0
        return int(lengths[0]) + end + 2 - len(self.data)


class GatheringWorker(ThreadWorker):
    """``enqueue_req`` is the one road from a connection to a thread; it is made longer here."""

    def init_process(self) -> None:
        self.gathering: dict[TConn, Gathering] = {}
        self.long: set[TConn] = set()  # read by threads
        self.long_waiting: deque[TConn] = deque()
        super().init_process()

    def enqueue_req(self, conn: TConn) -> None:
        if not conn.initialized:
            of = conn.sock
            conn.sock = PatientSocket(of.family, of.type, of.proto, fileno=of.detach())
            conn.init()
        conn.sock.setblocking(False)
        until = time.monotonic() + self.cfg.keepalive
        self.gathering[conn] = Gathering(conn.parser.unreader.take_buffered(), until)
        self.poller.register(conn.sock, EVENT_READ, partial(self._gather, conn))
        self._gather(conn)

    def _gather(self, conn: TConn, _sock: object = None) -> None:
        """Take what has come, without waiting for more."""
        found = self.gathering[conn]
        is_at_end = False
        try:
            if piece := socket.socket.recv(conn.sock, GATHERED):
                if not found.data:
                    found.until = time.monotonic() + PATIENCE
                found.data += piece
            else:
                is_at_end = True
        except BlockingIOError:
            pass
        except OSError:
            is_at_end = True
        if is_at_end and not found.data:
            self._drop(conn)
        elif is_at_end or found.is_whole():
            self._hand_over(conn)
        elif found.is_long():
            self.long_waiting.append(conn)
            self._let_go(conn)
            self._hand_over_long_ones()

    def _hand_over(self, conn: TConn) -> None:
        self._let_go(conn)
        conn.sock.begin()
        super().enqueue_req(conn)

    def _let_go(self, conn: TConn) -> None:
        if found := self.gathering.pop(conn, None):
            self.poller.unregister(conn.sock)
            conn.parser.unreader.unread(bytes(found.data))

    def _hand_over_long_ones(self) -> None:
        while self.long_waiting and len(self.long) < max(1, self.cfg.threads // 2):
            conn = self.long_waiting.popleft()
            self.long.add(conn)
            self._hand_over(conn)

    def finish_request(self, conn: TConn, fs: "Future[Any]") -> None:
        self.long.discard(conn)
        super().finish_request(conn, fs)
        self._hand_over_long_ones()

    def murder_pending(self) -> None:
        """Ends what has waited too long; of too many connections the oldest that say nothing."""
        now, too_many = time.monotonic(), self.nr_conns >= self.worker_connections
        late = [conn for conn, found in self.gathering.items() if found.until < now or too_many]
        for conn in late[: self.worker_connections // 2]:
            if self.gathering[conn].data:
                self._say_too_late(conn)
            self._drop(conn)

    def _say_too_late(self, conn: TConn) -> None:
        with suppress(OSError):  # it does not listen either
            conn.sock.send(TOO_LATE)

    def _drop(self, conn: TConn) -> None:
        self._let_go(conn)
        self.nr_conns -= 1
        conn.close()

    def _cap_keepalive(self, deadline: float) -> None:
        """Called when the worker is to stop: nothing was promised to those who said nothing."""
        super()._cap_keepalive(deadline)
        for conn in [conn for conn, found in self.gathering.items() if not found.data]:
            self._drop(conn)
