"""How long the list of grants takes to answer: whole, by category, by low score, by words.

33,243 grants as an administrator sees them, through gunicorn, first with a few labelled, then with
nearly all, and then with copies of each of them: ``--copies 29`` makes a million. A query answers
well when its p95 is under 300 ms.
"""

import math
import os
import re
import statistics
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterable
from http.cookiejar import CookieJar
from pathlib import Path

from bench.site import PASSWORD, ROOT, Site, a_site

ASKED = {
    "list": [""],
    "a later page": ["after=20000&at=20001", "before=20000&at=19976"],
    "category": ["category=N016", "category=N049", "category=N073"],
    "low score": ["score_to=0.3", "order=lowest", "score_to=0.1&order=lowest"],
    "words": ["q=history", "q=native+american+langu", 'q="the+civil+war"', "q=zzz", "q=a"],
    "place, year, amount": ["place=usa", "year=1999", "amount_from=99999999"],
    "amounts": ["amount_from=100000&amount_to=120000", "amount_from=20000&order=lowest"],
    "state": ["state=labelled", "state=suggested", "state=waiting", "stream=audit"],
    "annotator, outcome": ["annotator=bench-reader", "outcome=discipline:none_fits"],
    "programme, flag": ["programme=Fellowships+for+Younger+Scholars", "flag=short"],
    "together": [
        "q=history&year=1985&category=N049&amount_from=1000",
        "q=history&category=N016",
        "state=labelled&year=1999",
        "state=suggested&year=1999",
    ],
}
OF_STATES = ("list", "state", "annotator, outcome")
TARGET = 300  # ms
N_GRANTS = 33_243
N_READ = 300
# What one annotator says, by the same deeds as in the browser: a category, and now and then none.
READ = """
from annotation.models import User
from annotation.services.answers import FacetAnswer
from annotation.services.decisions import submit_annotation
from annotation.services.queue import claim_next_grant
reader = User.objects.get(username="bench-reader")
for n in range(N_READ):
    claim = claim_next_grant(reader)
    is_offered = any(shown["category"] == "N049" for shown in claim.shown)
    said = FacetAnswer("labelled", **{"accepted" if is_offered else "added": ("N049",)})
    said = said if n % 5 else FacetAnswer("none_fits")
    submit_annotation(reader, claim.token, {"discipline": said}, idempotency_key=str(n))
"""
# Copies with their labels, suggestions and places in the queue: all that a filter reads.
COPY = """
from django.db import connection
GRANTS = "annotation_grant"
def columns(table, *without):
    found = connection.introspection.get_table_description(cursor, table)
    names = [c.name for c in found if c.name not in ("id", "claim", *without)]
    return ", ".join(map(connection.ops.quote_name, names))
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
        _ask_all(site, f"{database}, {N_READ} labelled", times, OF_STATES)
        # What is labelled afterwards keeps its scores: states and categories have to be told apart.
        site.manage("import_grants", str(data / "neh" / "grants.csv.gz"))
        _ask_all(site, database, times)
        if copies:
            began = time.monotonic()
            _shell(site, COPY.replace("COPIES", str(copies)))
            print(f"{copies} copies in {time.monotonic() - began:.0f} s")
            _ask_all(site, f"{database}, {(copies + 1) * N_GRANTS:,} grants", times)
            print(f"{database}: load {os.getloadavg()[0]:.1f}")


def _prepare(site: Site, data: Path) -> None:
    site.manage("import_taxonomy", str(data / "neh" / "taxonomy.csv"))
    grants = str(data / "neh" / "grants.csv.gz")
    site.manage("import_grants", grants, "--without-categories")
    site.manage("score_waiting_grants")
    site.add_user("bench-boss", "administrator")
    site.add_user("bench-reader")
    _shell(site, READ.replace("N_READ", str(N_READ)))


def _shell(site: Site, code: str) -> None:
    command = [sys.executable, "manage.py", "shell", "-c", code]
    subprocess.run(command, cwd=ROOT, env=site.env, check=True, capture_output=True)


def _ask_all(site: Site, name: str, times: int, what_of: Iterable[str] = tuple(ASKED)) -> None:
    browser = _signed_in(site)
    for what in what_of:
        for query in ASKED[what]:
            spent = [_ask(browser, f"{site.base}/grants/?{query}") for _ in range(times)]
            p95 = sorted(spent)[math.ceil(0.95 * times) - 1]
            verdict = "" if p95 < TARGET else f"  over {TARGET} ms"
            print(
                f"{name}: {what} ({urllib.parse.unquote_plus(query)}): "
                f"median {statistics.median(spent):.0f} ms, p95 {p95:.0f} ms{verdict}",
                flush=True,
            )


def _signed_in(site: Site, name: str = "bench-boss") -> urllib.request.OpenerDirector:
    jar = CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    page = browser.open(f"{site.base}/sign-in/").read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    form = {"csrfmiddlewaretoken": token[1], "username": name, "password": PASSWORD}
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
