"""Queries and CPU time of each page administrators steer by, counted inside the site.

Its test client asks the pages without a web server between, so that queries can be counted and no
other process has a part in the time. Runs as :mod:`bench.steering_world`.
"""

import json
import statistics
import time

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from annotation.models import ModelVersion, StoredReport, User

MOST_QUERIES = 12
OF_COVERAGE = (
    "", "?sort=-pending", "?branch=K0004", "?facet=Subject&band=1", "?year=2019",
    "?annotator=bench-reader-3", "?branch=K0004&facet=Subject&level=2&year=2019",
    "?given_from=2026-01-01&given_to=2026-01-31", "?given_from=2025-06-01",
    "?given_from=2024-01-01", "?programme=Large", "?programme=Large&given_from=2025-06-01",
)  # fmt: skip


def addresses() -> list[str]:
    """Every page with what it can be asked for."""
    newest, other = ModelVersion.objects.gated().exclude(kind="lexical").order_by("-pk")[:2]
    miss = StoredReport.objects.newest("quality").body["near_misses"][0]
    reader = User.objects.get(username="bench-reader-3")
    return [
        *(f"/coverage/{query}" for query in OF_COVERAGE),
        "/quality/", "/quality/?sort=-gain&page=3", "/quality/?q=ka&band=5&misses=all",
        f"/quality/near-miss/?right={miss['right']}&ticked={miss['ticked']}",
        "/label-errors/", "/label-errors/?page=5",
        "/agreement/", "/agreement/?q=ka&page=2",
        "/people/", f"/people/{reader.pk}/", "/my-work/",
        "/slices/", "/drift/",
        "/versions/", f"/versions/{newest.pk}/", f"/versions/{newest.pk}/card/",
        f"/versions/compare/?a={other.pk}&b={newest.pk}",
        "/backends/",
        "/notices/", "/audit-log/", "/audit-log/?words=reader-3", "/audit-log/?words=nobody",
    ]  # fmt: skip


def count(times: int) -> None:
    """Print as JSON, of each address: [queries, median CPU ms of Python, bytes]."""
    boss, reader = Client(), Client()
    boss.force_login(User.objects.get(username="bench-boss"))
    reader.force_login(User.objects.get(username="bench-reader-3"))
    found = {}
    for address in addresses():
        client = reader if address == "/my-work/" else boss
        size = _ask(client, address)
        with CaptureQueriesContext(connection) as queries:
            _ask(client, address)
            n_queries = len(queries)  # the next request forgets them
        spent = []
        for _ in range(times):
            began = time.process_time()
            _ask(client, address)
            spent.append(1000 * (time.process_time() - began))
        found[address] = [n_queries, statistics.median(spent), size]
    print(json.dumps(found))


def _ask(client: Client, address: str) -> int:
    """Bytes of the whole page."""
    answer = client.get(address, HTTP_HOST="localhost")
    if answer.status_code != 200:
        raise SystemExit(f"{address} answered {answer.status_code}.")
    return len(b"".join(answer) if answer.streaming else answer.content)
