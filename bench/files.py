"""Files in and out: what annotators feel of an import, and how long exports of everything take."""

import csv
import gzip
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench.site import PASSWORD, Site

ANNOTATORS = 8
SECONDS, THINKING = 20, 1.0  # people read before they answer
FORMATS = (
    ("grants", "csv"), ("grants", "xlsx"), ("grants", "jsonl"), ("decisions", "jsonl"),
)  # fmt: skip


def rows_of(path: Path) -> int:
    return sum(1 for _ in _rows(path)) - 1


def _rows(path: Path) -> Iterator[list[str]]:
    with gzip.open(path, "rt", newline="", encoding="utf-8") as lines:
        yield from csv.reader(lines)


def while_importing(site: Site, database: str, data: Path, client: Path) -> None:
    """The same annotators at work alone, and while other grants come in, again and again."""
    alone = _annotators(site, client, "alone")
    began, n_imports, cpu = time.monotonic(), 0, 0.0
    with _working(site, client, "importing") as work:
        while work.poll() is None:
            other = _with_other_references(data / "neh" / "grants.csv.gz", site.folder, n_imports)
            if work.poll() is not None:
                break
            cpu += site.manage("import_grants", str(other), "--without-categories").cpu
            n_imports += 1
    seconds = time.monotonic() - began
    _compare(database, alone, _figures(site, "importing"), "imports")
    print(f"{database}: {n_imports} imports meanwhile, {cpu:.1f} CPU s in {seconds:.0f} s")


# What the page does when an administrator presses Undo, and a worker when it is told.
BEGIN = """
from annotation.models import ImportRun, User
from annotation.services.undo_import import begin_undo
begin_undo(ImportRun.objects.latest("pk"), User.objects.get(username="bench-boss"))
"""
CARRY_OUT = """
from annotation.services.undo_import import carry_out_undo, take_undo
carry_out_undo(take_undo())
"""


def while_undoing(site: Site, database: str, data: Path, client: Path) -> None:
    """The same annotators at work alone, and while a worker takes a whole import back."""
    other = _with_other_references(data / "neh" / "grants.csv.gz", site.folder, "undone")
    alone = _annotators(site, client, "alone")
    site.manage("import_grants", str(other), "--without-categories")
    with _working(site, client, "undoing") as work:
        begun = site.manage("shell", "-c", BEGIN)
        cost = site.manage("shell", "-c", CARRY_OUT)
        work.wait()
    n = sum(1 for _ in csv.reader(other.open(newline="", encoding="utf-8"))) - 1
    print(
        f"{database}: undo of {n:,} grants begun in {begun.wall:.1f} s, done in {cost.of_rows(n)}"
    )
    _compare(database, alone, _figures(site, "undoing"), "the undo")


def _compare(database: str, alone: dict, meanwhile: dict, during: str) -> None:
    for deed in ("next_ms", "submit_ms"):
        before, after = alone[deed], meanwhile[deed]
        print(
            f"{database}, {ANNOTATORS} annotators, {deed.removesuffix('_ms')} p50 and p95: "
            f"{before['p50']:g} and {before['p95']:g} ms alone, "
            f"{after['p50']:g} and {after['p95']:g} ms during {during}, "
            f"x{after['p95'] / before['p95']:.2f}"
        )
    print(f"{database}: errors alone {alone['n_errors']}, meanwhile {meanwhile['n_errors']}")


def _figures(site: Site, name: str) -> dict:
    return json.loads((site.folder / f"{name}.json").read_text())


def _annotators(site: Site, client: Path, name: str) -> dict:
    with _working(site, client, name) as work:
        work.wait()
    return _figures(site, name)


def _working(site: Site, client: Path, name: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, str(client), "--base", site.base, "-n", str(ANNOTATORS),
         "--total", "100000", "--seconds", str(SECONDS), "--think", str(THINKING),
         "--users", str(site.folder / "users.txt"), "--admin", f"bench-boss:{PASSWORD}",
         "--out", str(site.folder / f"{name}.json")],
        stdout=subprocess.DEVNULL,
    )  # fmt: skip


def _with_other_references(path: Path, folder: Path, name: object) -> Path:
    """The same grants as new ones."""
    rows = _rows(path)
    target = folder / f"other-{name}.csv"
    with target.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(next(rows))
        writer.writerows([f"again-{name}-{row[0]}", *row[1:]] for row in rows)
    return target


def exports(site: Site, database: str) -> None:
    for what, form in FORMATS:
        target = site.folder / f"export.{form}"
        cost = site.manage("export", what, "--format", form, "--out", str(target))
        size = target.stat().st_size / 1e6
        print(
            f"{database}: export of all {what} as {form}, {size:.1f} MB, in {cost.wall:.1f} s, "
            f"CPU {cost.cpu:.1f} s, at most {cost.peak_mb:.0f} MB"
        )
