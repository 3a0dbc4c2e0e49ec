"""How long the list of grants takes to answer: whole, by category, by low score, by words.

33,243 grants as an administrator sees them, through gunicorn; in PostgreSQL the same once more with
copies of each of them. A query answers well when its p95 is under 300 ms.
"""

import math
import re
import statistics
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path

from bench.site import PASSWORD, ROOT, Site, a_site

ASKED = {
    "list": [""],
    "a later page": ["after=20000&at=20001"],
    "category": ["category=N016", "category=N049", "category=N073"],
    "low score": ["score_to=0.3", "order=lowest", "score_to=0.1&order=lowest"],
    "words": ["q=history", "q=native+american+langu", 'q="the+civil+war"', "q=zzz", "q=a"],
    "place, year, amount": ["place=usa", "year=1999", "amount_from=100000&amount_to=120000"],
    "states": ["state=labelled", "state=suggested", "state=waiting", "stream=audit"],
    "together": ["q=history&year=1985&category=N049&amount_from=1000"],
}
TARGET = 300  # ms
N_GRANTS = 33_243
# Copies with their labels, suggestions and places in the queue: all that a filter reads.
COPY = """
from django.db import connection
GRANTS = "annotation_grant"
def columns(table, *without):
    cursor.execute("SELECT string_agg(quote_ident(column_name), ', ') FROM"
        " information_schema.columns WHERE table_name = %s AND NOT column_name = ANY(%s)",
        [table, ["id", "claim", *without]])
    return cursor.fetchone()[0]
with connection.cursor() as cursor:
    copied = columns(GRANTS, "reference")
    for n in range(COPIES):
        cursor.execute(f"INSERT INTO {GRANTS} (reference, {copied})"
            f" SELECT reference || '/{n}', {copied} FROM {GRANTS} WHERE reference NOT LIKE '%/%'")
        for table in ("annotation_label", "annotation_queueitem", "annotation_suggestion"):
            of_it = columns(table, "grant_id")
            of_old = ", ".join(f"old.{column}" for column in of_it.split(", "))
            cursor.execute(f"INSERT INTO {table} (grant_id, {of_it}) SELECT copy.id, {of_old}"
                f" FROM {table} AS old JOIN {GRANTS} AS g ON g.id = old.grant_id"
                f" JOIN {GRANTS} AS copy ON copy.reference = g.reference || '/{n}'")
    cursor.execute("ANALYZE")
"""


def measure(database: str, data: Path, times: int, copies: int) -> None:
    """Print a row for each question, asked ``times`` times, on a site made for it."""
    with a_site(database) as site:
        _prepare(site, data)
        _ask_all(site, database, times)
        if copies and database == "postgres":
            began = time.monotonic()
            _shell(site, COPY.replace("COPIES", str(copies)))
            print(f"{copies} copies in {time.monotonic() - began:.0f} s")
            _ask_all(site, f"{database}, {(copies + 1) * N_GRANTS:,} grants", times)


def _prepare(site: Site, data: Path) -> None:
    site.manage("import_taxonomy", str(data / "neh" / "taxonomy.csv"))
    grants = str(data / "neh" / "grants.csv.gz")
    site.manage("import_grants", grants, "--without-categories")
    site.manage("score_waiting_grants")
    # What is labelled afterwards keeps its scores: states and categories have to be told apart.
    site.manage("import_grants", grants)
    site.add_user("bench-boss", "administrator")


def _shell(site: Site, code: str) -> None:
    command = [sys.executable, "manage.py", "shell", "-c", code]
    subprocess.run(command, cwd=ROOT, env=site.env, check=True, capture_output=True)


def _ask_all(site: Site, name: str, times: int) -> None:
    browser = _signed_in(site)
    for what, queries in ASKED.items():
        for query in queries:
            spent = [_ask(browser, f"{site.base}/grants/?{query}") for _ in range(times)]
            p95 = sorted(spent)[math.ceil(0.95 * times) - 1]
            verdict = "" if p95 < TARGET else f"  over {TARGET} ms"
            print(
                f"{name}: {what} ({urllib.parse.unquote_plus(query)}): "
                f"median {statistics.median(spent):.0f} ms, p95 {p95:.0f} ms{verdict}",
                flush=True,
            )


def _signed_in(site: Site) -> urllib.request.OpenerDirector:
    jar = CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    page = browser.open(f"{site.base}/sign-in/").read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    form = {"csrfmiddlewaretoken": token[1], "username": "bench-boss", "password": PASSWORD}
    request = urllib.request.Request(  # noqa: S310 - loopback
        f"{site.base}/sign-in/", urllib.parse.urlencode(form).encode(), {"Referer": site.base}
    )
    browser.open(request).read()
    return browser


def _ask(browser: urllib.request.OpenerDirector, address: str) -> float:
    """Milliseconds until the whole page is here."""
    began = time.monotonic()
    with browser.open(address) as answer:
        page = answer.read()
    assert b"Search" in page and answer.url == address, answer.url
    return 1000 * (time.monotonic() - began)
