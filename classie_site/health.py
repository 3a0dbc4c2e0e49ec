"""Probes for whoever watches the site, answered before any other middleware."""

import logging
from collections.abc import Callable

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

logger = logging.getLogger(__name__)


class HealthMiddleware:
    """``/livez``: the process answers. ``/readyz``: its database does too, and is migrated.

    Before the host check, so that a probe with a foreign Host works; without detail, so that
    a stranger learns nothing.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.is_migrated = False

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/livez":
            return JsonResponse({"status": "ok"})
        if request.path == "/readyz":
            is_ready = self._is_ready()
            return JsonResponse(
                {"status": "ok" if is_ready else "unavailable"}, status=200 if is_ready else 503
            )
        return self.get_response(request)

    def _is_ready(self) -> bool:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            if not self.is_migrated:
                executor = MigrationExecutor(connection)
                self.is_migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        except Exception:
            logger.exception("Not ready")
            return False
        return self.is_migrated
