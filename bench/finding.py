"""How long the list of grants takes to answer: whole, by category, by low score, by words.

    python -m bench.finding [--data FOLDER] [--databases sqlite postgres] [--times 40] [--copies 30]

33,243 grants as an administrator sees them, through gunicorn; ``--copies`` makes so many copies of
each of them in PostgreSQL and asks the same again, as thirty make a million.
"""

import argparse
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

SHARED = ROOT.parent / "shared"
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
COPY = """
import sys
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("SELECT string_agg(quote_ident(column_name), ', ') FROM"
        " information_schema.columns WHERE table_name = 'annotation_grant'"
        " AND column_name NOT IN ('id', 'reference')")
    columns = cursor.fetchone()[0]
    for n in range(int(sys.argv[1] if len(sys.argv) > 1 else COPIES)):
        cursor.execute(f"INSERT INTO annotation_grant (reference, {columns})"
            f" SELECT reference || '/{n}', {columns} FROM annotation_grant"
            " WHERE reference NOT LIKE '%/%'")
    cursor.execute("ANALYZE")
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.finding")
    parser.add_argument("--data", type=Path, default=SHARED / "data")
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgres"])
    parser.add_argument("--times", type=int, default=40)
    parser.add_argument("--copies", type=int, default=0)
    args = parser.parse_args()
    for database in args.databases:
        with a_site(database) as site:
            _prepare(site, args.data)
            _measure(site, database, args.times)
            if args.copies and database == "postgres":
                began = time.monotonic()
                _shell(site, COPY.replace("COPIES", str(args.copies)))
                print(f"{args.copies} copies in {time.monotonic() - began:.0f} s")
                _measure(site, f"{database}, {(args.copies + 1) * 33_243:,} grants", args.times)


def _prepare(site: Site, data: Path) -> None:
    site.manage("import_taxonomy", str(data / "neh" / "taxonomy.csv"))
    grants = str(data / "neh" / "grants.csv.gz")
    site.manage("import_grants", grants, "--without-categories")
    # Half of them labelled, so that states and categories have something to tell apart.
    site.manage("score_waiting_grants")
    site.manage("import_grants", grants)
    site.add_user("bench-boss", "administrator")


def _shell(site: Site, code: str) -> None:
    command = [sys.executable, "manage.py", "shell", "-c", code]
    subprocess.run(command, cwd=ROOT, env=site.env, check=True, capture_output=True)


def _measure(site: Site, name: str, times: int) -> None:
    browser = _signed_in(site)
    for what, queries in ASKED.items():
        for query in queries:
            spent = [_ask(browser, f"{site.base}/grants/?{query}") for _ in range(times)]
            p95 = statistics.quantiles(spent, n=20)[-1]
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


if __name__ == "__main__":
    main()
