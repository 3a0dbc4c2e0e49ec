"""How long each page that administrators steer by takes over a million decisions, on PostgreSQL.

1,300 categories, forty people, a year of versions. Grants, decisions and the coverage counts are
rows as the site writes them, reports are written by the worker or made up in its form. A page
answers well when its p95 is under 300 ms and it asks at most twelve queries; the CPU time tells
more where others use the machine. ``--parts reports`` says what each report costs the worker.
"""

import json
import math
import os
import random
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from bench.finding import _shell, _signed_in
from bench.made_up import _taxonomy
from bench.site import ROOT, Site, a_site

CATEGORIES, PEOPLE = 1_300, 40
TARGET, MOST_QUERIES = 300, 12  # ms
WORKED_OUT = ("agreement", "slices", "drift")
HEAVY = ("quality", "label-errors")
LIMIT = 1_800  # seconds that a report may take here


def measure(times: int) -> None:
    """Print a row for each page, asked ``times`` times, on a site made for it."""
    with _the_site() as site:
        for question in WORKED_OUT:
            _work_out(site, question)
        _shell(site, "from bench.steering_reports import write_reports; write_reports()")
        counted = _counted(site, max(20, times // 2))
        browsers = {name: _signed_in(site, name) for name in ("bench-boss", "bench-reader-3")}
        for address, (n_queries, cpu, size) in counted.items():
            browser = browsers["bench-reader-3" if address == "/my-work/" else "bench-boss"]
            spent, used = [], _cpu_of(site.pid)
            for _ in range(times):
                began = time.monotonic()
                with browser.open(f"{site.base}{address}") as answer:
                    answer.read()
                spent.append(1000 * (time.monotonic() - began))
            used = 1000 * (_cpu_of(site.pid) - used) / times
            p95 = sorted(spent)[math.ceil(0.95 * times) - 1]
            over = f"  over {TARGET} ms" if p95 >= TARGET else ""
            over += f"  over {MOST_QUERIES} queries" if n_queries > MOST_QUERIES else ""
            print(
                f"{address}: median {statistics.median(spent):.0f} ms, p95 {p95:.0f} ms, "
                f"{n_queries} queries, CPU {cpu:.0f} ms (web server {used:.0f} ms), "
                f"{size:,} bytes{over}; load {os.getloadavg()[0]:.1f}",
                flush=True,
            )


def write(questions: tuple[str, ...] = (*WORKED_OUT, *HEAVY)) -> None:
    """Print what each report on the million costs the worker."""
    with _the_site() as site:
        for question in questions:
            _work_out(site, question)


@contextmanager
def _the_site():
    with a_site("postgres") as site:
        _fill(site)
        for words in ("counted", "the same again, nothing differing"):
            cost = site.manage("rebuild_rollups")
            print(f"{words}: {cost.wall:.0f} s, CPU {cost.cpu:.0f} s", flush=True)
        yield site


def _work_out(site: Site, question: str) -> None:
    """As the worker does; one that takes too long is ended, and said to be."""
    ask = "from annotation.services.stored_reports import request_report"
    _shell(site, f"{ask}; request_report({question!r})")
    began = time.monotonic()
    process = site.start("write_requested_reports")
    while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        if time.monotonic() - began > LIMIT:
            process.kill()
        time.sleep(0.5)
    _, _, used = os.wait4(process.pid, 0)
    process.returncode = 0
    status, phase, size = _asked(site, (
        "from annotation.models import StoredReport; import json; "
        f"r = StoredReport.objects.filter(question={question!r}).latest('pk'); "
        "print(json.dumps([r.status, r.error or r.phase, len(json.dumps(r.body))]))"
    ))  # fmt: skip
    print(
        f"report on {question}: {status} in {time.monotonic() - began:.0f} s, "
        f"CPU {used.ru_utime + used.ru_stime:.0f} s, at most {used.ru_maxrss / 1024:,.0f} MB, "
        f"{size:,} bytes{'' if status == 'done' else ': ' + phase}; load {os.getloadavg()[0]:.1f}",
        flush=True,
    )


def _counted(site: Site, times: int) -> dict[str, list[float]]:
    return _asked(site, f"from bench.steering_pages import count; count({times})")


def _asked(site: Site, code: str):
    """What Python inside the site prints last, as JSON."""
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=site.env, check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout.splitlines()[-1])


def _cpu_of(pid: int) -> float:
    """Seconds that a process and all below it have used, those that have ended left out."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    used = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    own = sum(map(int, used)) / os.sysconf("SC_CLK_TCK")
    return own + sum(_cpu_of(int(child)) for child in children)


def _fill(site: Site) -> None:
    _taxonomy(site.folder / "taxonomy.csv", CATEGORIES, random.Random(1))
    site.manage("import_taxonomy", str(site.folder / "taxonomy.csv"))
    site.add_user("bench-boss", "administrator")
    for n in range(PEOPLE):
        site.add_user(f"bench-reader-{n}")
    began = time.monotonic()
    _shell(site, "from bench.steering_world import fill; fill()")
    print(f"filled in {time.monotonic() - began:.0f} s", flush=True)
