"""Files made to exhaust, read by the real child: what it costs over a file that is all right.

Time is that of its processor, which a busy machine cannot blur; memory is the child's own peak.
"""

import gzip
import subprocess
import sys

import pytest

from annotation.models import Grant
from tests.annotation import import_files as files
from tests.annotation.test_import_bombs import JSONS, WORKBOOKS
from tests.conftest import ROOT

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]
SECONDS, MEGABYTES = 2, 50
HEADER = b"reference,title,description\n"
GOOD = b"G-1,Title,Text\n"
PACKAGE = b'{"grants": [%s]}'


def repeated(line, megabytes):
    return line * (megabytes * 1_000_000 // len(line))


def of_one_title(size):
    return HEADER + b'G-0,"' + b"x" * size + b'",Text\n' + GOOD


# Each with a word of what is said of it; rows that are left out cost nobody the others.
TABLES = {
    "a title of 2 MB": (lambda: of_one_title(2_000_000), "field larger than field limit"),
    "a line of 100 MB": (lambda: of_one_title(100_000_000), "line larger than line limit"),
    "a quote left open, then 2 MB": (
        lambda: HEADER + GOOD + b'G-2,"Title\n' + repeated(b"x" * 99 + b"\n", 2),
        "field larger than field limit",
    ),
    "a packed bomb": (
        lambda: gzip.compress(HEADER + repeated(b"G,T," + b"x" * 996 + b"\n", 50)),
        "unpacks to over 100 times",
    ),
    "a megabyte of NUL": (lambda: HEADER + GOOD + b"\0" * 1_000_000, "row 3"),
    "a row without end": (lambda: HEADER + GOOD + b"," * 900_000 + b"\n", "has 900001 cells"),
    "a header without end": (lambda: b"," * 900_000 + b"a\n", "has over 500 columns"),
    "a line broken in 100,000 lines of JSON": (
        lambda: b'{"id": "G", "title": "T"}\n' * 50_000 + b"{\n"
        + b'{"id": "G", "title": "T"}\n' * 50_000,
        "Extra data in line 2, column 1",
    ),
    "a JSON file over 50 MB": (lambda: b"{" + b" " * 50_000_000 + b"}", "is over 50 MB"),
    "a cell of 250,000 combining marks": (
        lambda: HEADER + GOOD + b"G-2," + b"\xcc\x81" * 249_999 + b",\n", "2 grants",
    ),
}  # fmt: skip
# Of the files in test_import_bombs those that weigh most; there each is read in this process.
HEAVY = ["sheet bomb", "shared strings bomb", "billion laughs", "quadratic", "a lie about sizes",
         "ten thousand sheets", "over 20 MB"]  # fmt: skip
CASES = (
    TABLES
    | {name: WORKBOOKS[name] for name in HEAVY}
    | {name: ((lambda c=JSONS[name][0]: c), JSONS[name][1]) for name in ("deep", "long number")}
)
# The peak of a child that this process had forked would be this process's own: it stands from
# before the child became another program. So a small one is between.
LAUNCHER = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stderr=subprocess.STDOUT).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print("\\n", code, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
"""


@pytest.fixture
def cost(process_environment, tmp_path):
    """``cost(content)``: seconds of computing, megabytes at most, and what was said."""
    path = tmp_path / "file.dat"
    # Its own child is what ``--limited`` is set for: the same limits, without a second process.
    command = [sys.executable, str(ROOT / "manage.py"), "import_grants", "--limited", "--dry-run"]

    def cost(content):
        path.write_bytes(content)
        ran = subprocess.run(
            [sys.executable, "-c", LAUNCHER, *command, str(path)],
            env=process_environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        said, _, figures = ran.stdout.rpartition("\n ")
        code, seconds, megabytes = map(float, figures.split())
        assert code in (0, 1), said
        return seconds, megabytes, said

    return cost


@pytest.mark.timeout(900)
def test_no_file_costs_over_two_seconds_or_fifty_megabytes(cost):
    plain = {
        "csv": cost(HEADER + GOOD),
        "xlsx": cost(files.as_xlsx(files.OURS)),
        "json": cost(PACKAGE % b'{"id": "G-1", "title": "T"}'),
    }
    for _, _, said in plain.values():
        assert "would be created" in said, said
    found = {}
    for name, (make, words) in CASES.items():
        kind = "csv" if name in TABLES else "xlsx" if name in HEAVY else "json"
        seconds, megabytes, said = cost(make())
        assert any(word in said for word in words.replace("\\", "").split("|")), (name, said[-300:])
        assert "Traceback" not in said, said
        found[name] = (seconds - plain[kind][0], megabytes - plain[kind][1])
    over = {n: cost for n, cost in found.items() if cost[0] > SECONDS or cost[1] > MEGABYTES}
    assert not over
    assert not Grant.objects.exists()
