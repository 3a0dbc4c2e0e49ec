"""How long the coverage page takes over a million decisions on 1,300 categories, on PostgreSQL.

The rows are written as the tables hold them, then counted by ``manage.py rebuild_rollups``, which
is timed as well. A page answers well when its p95 is under 300 ms; the CPU time of the web server
tells more where others use the machine.
"""

import math
import os
import random
import statistics
import time
from pathlib import Path

from bench.finding import _shell, _signed_in
from bench.made_up import _taxonomy
from bench.site import Site, a_site

CATEGORIES, GRANTS, WAITING, A_GRANT = 1_300, 100_000, 30_000, 10
TARGET = 300  # ms
PEOPLE = 8
ASKED = (
    "", "sort=-pending", "branch=K0004", "facet=Subject&band=1", "year=2019",
    "annotator=bench-reader-3", "coverage.csv", "coverage.csv?year=2019",
)  # fmt: skip
FILL = """
import random
from datetime import date
from annotation.models import *
from annotation.services.insert_rows import insert_rows
from annotation.services.model_versions import ensure_lexical_version
draw = random.Random(1)
taxonomy = Taxonomy.objects.current()
keys = list(Category.objects.values_list("pk", "facet"))
facets = sorted({facet for _, facet in keys})
version = ensure_lexical_version(taxonomy)
people = list(User.objects.filter(username__startswith="bench-reader").order_by("pk"))
run = ImportRun.objects.create(kind="grants", file_name="made up")
n = GRANTS + WAITING
insert_rows(Grant(import_run=run, scored_by=version, content_sha256="0" * 64, title="Made up",
                  inclusion_probability=0.1),
    ("reference", "stream", "award_date"),
    ((f"M-{i}", "audit" if i % 10 == 0 else "pool", date(2010 + i % 16, 1, 1)) for i in range(n)))
grants = list(Grant.objects.order_by("pk").values_list("pk", flat=True))
insert_rows(QueueItem(stream="random"), ("grant_id", "is_open", "n_done", "priority"),
    ((pk, i >= GRANTS, int(i < GRANTS), 0.5) for i, pk in enumerate(grants)))
insert_rows(Annotation(model_version=version, stream="random", seconds=60,
                       taxonomy_release=taxonomy.release, content_sha256="0" * 64,
                       body_sha256="0" * 64),
    ("grant_id", "annotator_id", "idempotency_key"),
    ((pk, people[i % len(people)].pk, str(pk)) for i, pk in enumerate(grants[:GRANTS])))
annotations = list(Annotation.objects.order_by("pk").values_list("pk", flat=True))
insert_rows(Outcome(value="labelled"), ("annotation_id", "facet_id"),
    ((pk, facet) for pk in annotations for facet in facets))
weights = [1 / (1 + place) for place in range(len(keys))]
some = [draw.choices(range(len(keys)), weights, k=2 * A_GRANT) for _ in range(5_000)]
def chosen(i):
    return list(dict.fromkeys(some[i % len(some)] + [i % len(keys), i // 7 % len(keys)]
                              + [(i + j * 131) % len(keys) for j in range(A_GRANT)]))[:A_GRANT]
SHOWN = ("accepted", "accepted", "rejected", "left")
insert_rows(Decision(), ("annotation_id", "category_id", "verdict", "score", "rank", "was_ticked"),
    ((pk, keys[c][0], *(("added", None, None, None) if j == 0
                        else (SHOWN[(i + j) % 4], 0.5, j, j < 4)))
     for i, pk in enumerate(annotations) for j, c in enumerate(chosen(i))))
insert_rows(Suggestion(model_version=version, score=0.5),
    ("grant_id", "category_id", "rank", "is_ticked"),
    ((pk, keys[c][0], j + 1, j < 4) for i, pk in enumerate(grants[GRANTS:])
     for j, c in enumerate(chosen(i))))
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("ANALYZE")
"""


def measure(times: int) -> None:
    """Print a row for each question, asked ``times`` times, on a site made for it."""
    with a_site("postgres") as site:
        _fill(site)
        cost = site.manage("rebuild_rollups")
        print(f"counted {GRANTS + WAITING:,} grants in {cost.wall:.0f} s, CPU {cost.cpu:.0f} s")
        cost = site.manage("rebuild_rollups")
        print(f"the same again, nothing differing: {cost.wall:.0f} s, CPU {cost.cpu:.0f} s")
        browser = _signed_in(site)
        for query in ASKED:
            path = query if query.startswith("coverage.csv") else f"?{query}"
            spent, cpu = [], _cpu_of(site.pid)
            for _ in range(times):
                began = time.monotonic()
                with browser.open(f"{site.base}/coverage/{path}") as answer:
                    size = len(answer.read())
                spent.append(1000 * (time.monotonic() - began))
            cpu = 1000 * (_cpu_of(site.pid) - cpu) / times
            p95 = sorted(spent)[math.ceil(0.95 * times) - 1]
            verdict = "" if p95 < TARGET else f"  over {TARGET} ms"
            print(
                f"coverage, {GRANTS * A_GRANT:,} decisions ({query}): median "
                f"{statistics.median(spent):.0f} ms, p95 {p95:.0f} ms, CPU {cpu:.0f} ms, "
                f"{size:,} bytes{verdict}; load {os.getloadavg()[0]:.1f}",
                flush=True,
            )


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
    sizes = {"GRANTS": GRANTS, "WAITING": WAITING, "A_GRANT": A_GRANT}
    _shell(site, "\n".join([*(f"{name} = {n}" for name, n in sizes.items()), FILL]))
