"""Serving a model folder as SageMaker asks: GET /ping, POST /invocations on port 8080."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable, Iterable
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.workers.gthread import ThreadWorker
from threadpoolctl import threadpool_limits  # scikit-learn brings it

from classifier.backends.container_faults import without_texts
from classifier.backends.container_paths import ContainerFault, Paths
from classifier.backends.container_requests import (
    JSON,
    BadRequest,
    answers_to,
    body_of,
    form_of,
    question_of,
    wanted_form,
)
from classifier.backends.kept_model import Kept, kept

logger = logging.getLogger(__name__)
MIB = 1 << 20
USUAL_MIB = 6  # as SageMaker's endpoints allow
THREADS = 8
REASONS = {
    200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed",
    406: "Not Acceptable", 413: "Content Too Large", 415: "Unsupported Media Type",
    500: "Internal Server Error",
}  # fmt: skip
Environ = dict[str, Any]
Start = Callable[[str, list[tuple[str, str]]], object]


class Serving:
    """The WSGI application of one model; texts are neither stored nor logged."""

    def __init__(self, model: Kept, most_bytes: int) -> None:
        self.model, self.most_bytes = model, most_bytes

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        """Answer one request."""
        try:
            status, form, body = self._answer(environ)
        except BadRequest as error:
            status, form, body = error.status, JSON, _said(str(error))
        except Exception as error:  # noqa: BLE001 # the next request must find a server
            logger.error("A request could not be answered: %s", without_texts(error))
            status, form, body = 500, JSON, _said("The text could not be read; this is our fault.")
        headers = [("Content-Type", form), ("Content-Length", str(len(body)))]
        start(f"{status} {REASONS[status]}", headers)
        return [body]

    def _answer(self, environ: Environ) -> tuple[int, str, bytes]:
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
        allowed = {"/ping": "GET", "/execution-parameters": "GET", "/invocations": "POST"}
        if path not in allowed:
            raise BadRequest(404, f"There is nothing at this path. There are {', '.join(allowed)}.")
        if method != allowed[path]:
            raise BadRequest(405, f"{path} takes {allowed[path]}.")
        if path == "/ping":
            return 200, JSON, _dumped({"backend": self.model.backend})
        if path == "/execution-parameters":
            return 200, JSON, _dumped(self._parameters())
        given = form_of(environ.get("CONTENT_TYPE", ""))
        form = wanted_form(environ.get("HTTP_ACCEPT", ""), given)
        question = question_of(self._body(environ), given)
        return 200, form, body_of(answers_to(question, self.model), form)

    def _parameters(self) -> dict[str, object]:
        """What a batch transform should ask: many texts at once, as many as fit."""
        return {
            "MaxConcurrentTransforms": os.cpu_count() or 1,
            "BatchStrategy": "MULTI_RECORD",
            "MaxPayloadInMB": self.most_bytes // MIB,
        }

    def _body(self, environ: Environ) -> bytes:
        # Read to its end even if it is too long: who still sends would not hear the answer.
        stream, body, length = environ["wsgi.input"], bytearray(), 0
        while piece := stream.read(MIB):
            length += len(piece)
            if length <= self.most_bytes:
                body += piece
        if length > self.most_bytes:
            raise BadRequest(
                413,
                f"The body has {length:,} bytes, and {self.most_bytes:,} are taken. Send fewer "
                "texts at once.",
            )
        return bytes(body)


class EndingWorker(ThreadWorker):
    """Gunicorn's worker leaves what waits at its port unheard until it ends, and then cuts it off.

    This one takes in whoever has come before SIGTERM, and closes the port at once, so that who
    comes later learns it and may ask another server.
    """

    def set_accept_enabled(self, enabled: bool) -> None:
        """Listen, or stop listening; for good when the worker ends."""
        super().set_accept_enabled(enabled)
        if enabled or self.alive:
            return
        for listener in self.sockets:
            before = -1
            while before != self.nr_conns:  # until nobody waits any more
                before = self.nr_conns
                self.accept(listener)
            listener.close()


class Server(BaseApplication):
    """Gunicorn with one model, loaded before the port is opened and shared by all workers."""

    def __init__(self, application: Serving, options: dict[str, Any]) -> None:
        self.application, self.options = application, options
        super().__init__()

    def load_config(self) -> None:
        """Nothing is read from the command line or a file."""
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Serving:
        """The application."""
        return self.application


def serve(paths: Paths) -> int:
    """Serve until SIGTERM: then no request is taken, those begun are answered, the code is 0."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(message)s")
    try:
        model = kept(paths.model)
        application = Serving(model, _most_bytes())
        options = _options()
    except ContainerFault as error:
        logger.error("%s", error)
        return 1
    # Requests are answered side by side; threads inside one would only fight each other.
    threadpool_limits(limits=1)
    answers_to(question_of(b'{"instances":["warm"]}', JSON), model)
    Server(application, options).run()
    return 0


def _options() -> dict[str, Any]:
    port = _number("SAGEMAKER_BIND_TO_PORT", 8080, 1, 65_535)
    return {
        "bind": f"{os.environ.get('BIND') or '0.0.0.0'}:{port}",  # noqa: S104 # a container is reached from outside it
        "workers": _number("MODEL_SERVER_WORKERS", os.cpu_count() or 1, 1, 64),
        "worker_class": EndingWorker,
        "threads": THREADS,
        "preload_app": True,
        "timeout": 60,  # SageMaker waits no longer
        "graceful_timeout": 25,  # it kills thirty seconds after SIGTERM
        "keepalive": 75,
        "control_socket_disable": True,
        "loglevel": "warning",
    }


def _most_bytes() -> int:
    return _number("SAGEMAKER_MAX_PAYLOAD_IN_MB", USUAL_MIB, 1, 100) * MIB


def _number(name: str, usual: int, least: int, most: int) -> int:
    value = os.environ.get(name, "").strip() or str(usual)
    if not value.isdecimal() or not least <= int(value) <= most:
        raise ContainerFault(f"{name} is {value!r} and no number from {least} to {most}.")
    return int(value)


def _said(message: str) -> bytes:
    return _dumped({"error": message})


def _dumped(content: object) -> bytes:
    return json.dumps(content).encode()
