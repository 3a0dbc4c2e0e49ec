"""``python -m bench``: how good the classifier and how fast the site is.

    python -m bench [--parts learning work files finding screen] [--data FOLDER] [--client load.py]
                    [--look] [--learning ukcat both neh solvers] [--embeddings] [--runs 3]
                    [--databases sqlite postgres] [--times 40] [--copies 2]
                    [--curves OUT.json]

By name alone: ``--parts choosing``, ``--parts refreshing``, ``--parts sprint``,
``--parts label-errors`` and ``--parts promoting --runs 5`` (with the data), ``--parts steering``
(every page administrators steer by, over a million decisions), ``--parts reports`` (what each
stored report on these costs the worker),
``--parts stopping --curves OUT.json`` (of ``manage.py simulate --json OUT.json``).

Speeds are medians with every run beside them, figures of the classifier have their intervals.

The data and the load client are not part of this project; without them only the screen is
measured.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path

from bench import (
    choosing,
    finding,
    giving,
    label_errors,
    learning,
    promoting,
    refreshing,
    screen,
    sprint,
    steering,
    stopping,
)
from bench.files import ANNOTATORS, exports, rows_of, while_importing, while_undoing
from bench.site import PASSWORD, ROOT, Site, a_site

SHARED = ROOT.parent / "shared"
OF_THE_SITE = {"work", "files"}
WITHOUT_DATA = {"screen", "choosing", "steering", "reports", "stopping"}
PARTS = ["learning", "work", "files", "giving", "finding", "screen"]
# Asked for by name: they take long, or need no data but curves of 'manage.py simulate --json'.
BY_NAME = ["choosing", "refreshing", "sprint", "steering", "reports", "stopping", "label-errors",
           "promoting"]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--parts", nargs="+", choices=[*PARTS, *BY_NAME], default=PARTS)
    parser.add_argument("--data", type=Path, default=SHARED / "data")
    parser.add_argument("--look", action="store_true", help="measure on test.csv, at the very end")
    parser.add_argument(
        "--embeddings", action="store_true", help="UK-CAT with sentence vectors, too"
    )
    parser.add_argument(
        "--learning", nargs="+", choices=learning.KINDS, default=learning.KINDS,
        help="which measurements of the part 'learning'",
    )  # fmt: skip
    parser.add_argument("--client", type=Path, default=SHARED / "bench" / "load.py")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--annotators", type=int, nargs="+", default=[1, 8, 32])
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgres"])
    parser.add_argument("--times", type=int, default=40, help="each question to the list is asked")
    parser.add_argument("--copies", type=int, default=2, help="of each grant, for the list's last")
    parser.add_argument("--curves", type=Path, nargs="+", default=[], help="of 'stopping'")
    args = parser.parse_args()
    of_the_site = OF_THE_SITE & set(args.parts)
    needed = [args.data / "neh" / "grants.csv.gz", *([args.client] if of_the_site else [])]
    for file in needed if set(args.parts) - WITHOUT_DATA else ():
        if not file.is_file():
            raise SystemExit(f"{file} is not here: name it with --data and --client.")
    print(f"{platform.platform()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    if "learning" in args.parts:
        learning.measure(args.data, args.look, args.embeddings, args.learning)
    for database in args.databases if of_the_site else []:
        with a_site(database) as site:
            _prepare(site, database, args.data, "work" in args.parts)
            for n in args.annotators if "work" in args.parts else ():
                _load(site, database, n, args)
            if "files" in args.parts:
                while_importing(site, database, args.data, args.client)
                while_undoing(site, database, args.data, args.client)
                exports(site, database)
    if "giving" in args.parts:
        giving.check(args.data / "360giving")
    for database in args.databases if "finding" in args.parts else []:
        finding.measure(database, args.data, args.times, args.copies)
    for database in args.databases if "screen" in args.parts else []:
        screen.measure(database)
    if "refreshing" in args.parts:
        refreshing.measure(args.data)
    if "promoting" in args.parts:
        promoting.measure(args.data, args.runs)
    if "choosing" in args.parts:
        choosing.measure()
    if "sprint" in args.parts:
        sprint.measure(args.data)
    if "label-errors" in args.parts:
        label_errors.measure(args.data)
    if "steering" in args.parts:
        steering.measure(args.times)
    if "reports" in args.parts:
        steering.write()
    if "stopping" in args.parts:
        stopping.check(args.curves)


def _prepare(site: Site, database: str, data: Path, is_scored: bool) -> None:
    site.manage("import_taxonomy", str(data / "ukcat" / "taxonomy.csv"))
    grants = data / "neh" / "grants.csv.gz"
    n = rows_of(grants)
    cost = site.manage("import_grants", str(grants), "--without-categories")
    print(f"{database}: import of {n:,} rows in {cost.of_rows(n)}")
    cost = site.manage("import_grants", str(grants), "--without-categories")
    print(f"{database}: the same again in {cost.of_rows(n)}")
    cost = site.manage("find_look_alikes")
    print(f"{database}: look-alikes of all in {cost.of_rows(n)}")
    if is_scored:
        cost = site.manage("score_waiting_grants")
        print(f"{database}: scored in {cost.of_rows(n)}")
    names = [f"bench{i}" for i in range(32 if is_scored else ANNOTATORS)]
    for name in names:
        site.add_user(name)
    site.add_user("bench-boss", "administrator")
    (site.folder / "users.txt").write_text("".join(f"{name} {PASSWORD}\n" for name in names))


def _load(site: Site, database: str, n: int, args: argparse.Namespace) -> None:
    runs = [_run(site, n, args.client, i) for i in range(args.runs)]
    faults = sum(
        run["handed_twice"] + run["submitted_twice"] + run["n_errors"]
        + run["stored"]["lost"] + run["stored"]["doubled"]
        for run in runs
    )  # fmt: skip
    print(
        f"{database}, {n} annotators: "
        f"{_all(runs, 'items_per_s')} items/s, {_all(runs, 'server_cpu_ms_per_item')} CPU ms an "
        f"item, next p95 {_all([r['next_ms'] for r in runs], 'p95')} ms, "
        f"submit p95 {_all([r['submit_ms'] for r in runs], 'p95')} ms, "
        f"handed or submitted twice, lost, doubled, errors: {faults}"
    )


def _run(site: Site, n: int, client: Path, number: int) -> dict:
    out = site.folder / f"run-{n}-{number}.json"
    subprocess.run(
        [sys.executable, str(client), "--base", site.base, "-n", str(n), "--total", "400",
         "--users", str(site.folder / "users.txt"), "--admin", f"bench-boss:{PASSWORD}",
         "--server-pids", str(site.pid), "--out", str(out)],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    return json.loads(out.read_text())


def _all(runs: list[dict], key: str) -> str:
    values = [run[key] for run in runs]
    return f"{statistics.median(values):g} ({', '.join(f'{v:g}' for v in values)})"


if __name__ == "__main__":
    main()
