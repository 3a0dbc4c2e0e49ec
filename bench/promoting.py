"""How long after "Promote" and "Roll back" the next grants of the queue show the other version.

10,000 NEH grants wait in the categories of UK-CAT, whose labels one version has learned from; the
other is the word matcher. The site runs as in daily use, with its broker and its workers, and is
asked every tenth of a second what has still to be read: what annotators get next is read first.
"""

import csv
import gzip
import itertools
import os
import re
import signal
import statistics
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from bench.finding import _shell, _signed_in
from bench.site import ROOT, Site, _free_port, _wait, a_site
from bench.steering import _asked

GRANTS = 10_000
TARGET = 10  # seconds
TRAIN = (
    "from annotation.services.model_versions import request_training; request_training(None); "
    "from classifier.workflow import train_requested; train_requested(); "
    "from annotation.models import ModelVersion; "
    "from annotation.services.model_versions import promote; "
    "found = ModelVersion.objects.exclude(kind='lexical').latest('pk'); "
    "found == ModelVersion.objects.active() or promote(found, None, 'To be measured.'); "
    "from classifier.scoring import score_waiting_grants; score_waiting_grants()"
)
KEYS = (
    "from annotation.models import ModelVersion as V; import json; "
    "print(json.dumps([V.objects.active().pk, V.objects.get(kind='lexical').pk]))"
)


def measure(data: Path, times: int, database: str = "postgres") -> None:
    """Print the seconds of each of ``times`` roll-backs and promotions, and their medians."""
    with a_site(database) as site:
        _prepare(site, data)
        learned, lexical = _asked(site, KEYS)
        with _in_use(site) as live:
            browser = _signed_in(live)
            rounds = [
                [_seconds(browser, live.base, key) for key in (lexical, learned)]
                for _ in range(times)
            ]
    for words, seconds in zip(("roll back", "promote"), zip(*rounds, strict=True), strict=True):
        middle = statistics.median(seconds)
        over = "" if middle < TARGET else f"  over {TARGET} s"
        print(
            f"{words}, {GRANTS:,} grants: the next of the queue after {middle:.1f} s "
            f"({', '.join(f'{one:.1f}' for one in seconds)}){over}; load {os.getloadavg()[0]:.1f}",
            flush=True,
        )


def _prepare(site: Site, data: Path) -> None:
    site.manage("import_taxonomy", str(data / "ukcat" / "taxonomy.csv"))
    site.manage("import_grants", str(data / "ukcat" / "train.csv"))
    some = site.folder / "grants.csv"
    with gzip.open(data / "neh" / "grants.csv.gz", "rt", newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        with some.open("w", newline="", encoding="utf-8") as out:
            csv.writer(out).writerows(itertools.islice(rows, GRANTS + 1))
    site.manage("import_grants", str(some), "--without-categories")
    site.manage("find_look_alikes")
    site.add_user("bench-boss", "administrator")
    _shell(site, TRAIN)


@contextmanager
def _in_use(site: Site) -> Iterator[Site]:
    """The same with broker, workers and clock, on a port of its own."""
    port = _free_port()
    env = site.env | {"PORT": str(port), "DEMO": "0"}
    words = [sys.executable, "manage.py", "up"]
    live = subprocess.Popen(words, cwd=ROOT, env=env, stdout=subprocess.DEVNULL)
    try:
        base = f"http://127.0.0.1:{port}"
        _wait(base)
        yield replace(site, base=base, pid=live.pid, env=env)
    finally:
        live.send_signal(signal.SIGINT)
        live.wait(60)


def _seconds(browser: urllib.request.OpenerDirector, base: str, key: int) -> float:
    """From the press of the button until the first grants are read; all are before this ends."""
    address = f"{base}/versions/{key}/promote/"
    page = browser.open(address).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    form = {"csrfmiddlewaretoken": token[1], "reason": "To be measured."}
    request = urllib.request.Request(  # noqa: S310 - loopback
        address, urllib.parse.urlencode(form).encode(), {"Referer": base}
    )
    before = _unread(page)
    began = time.monotonic()
    browser.open(request).read()
    while _unread(browser.open(f"{base}/versions/reading/").read().decode()) >= before:
        time.sleep(0.1)
    spent = time.monotonic() - began
    while _unread(browser.open(f"{base}/versions/reading/").read().decode()):
        time.sleep(1)
    return spent


def _unread(page: str) -> int:
    """Grants that the version has still to read, as the page says it."""
    found = re.search(r"(?:still to read|It reads) ([\d,]+|one)", page)
    return int(found[1].replace(",", "").replace("one", "1")) if found else 0
