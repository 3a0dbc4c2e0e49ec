"""360Giving: one publisher's grants are the same from every format, and what goes out validates.

The files are Trafford Council's, as they were published, with the standard's two schemas.
"""

import json
import sys
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from annotation.importers.grant_rows import GrantRow
from annotation.importers.recognise import read_grants
from bench.site import a_site

FORMS = ("csv", "json", "xlsx")
N_GRANTS, TOTAL = 366, Decimal("808690.47")
FORMATS = FormatChecker(formats=())


@FORMATS.checks("date-time", raises=ValueError)
def _is_instant(value: object) -> bool:
    """RFC 3339: a day, a time and its distance from UTC."""
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


def check(folder: Path) -> None:
    """End with what is wrong, if anything is; else print what was looked at."""
    rows = {form: _rows(folder / f"trafford.{form}") for form in FORMS}
    for form, read in rows.items():
        total = sum(row.amount_awarded or 0 for row in read)
        if (len(read), total) != (N_GRANTS, TOTAL) or read != rows["csv"]:
            sys.exit(f"trafford.{form} gives {len(read)} grants of GBP {total}, or other facts.")
    print(f"360Giving: CSV, JSON and workbook give the same {N_GRANTS} grants, GBP {TOTAL:,}")
    package = _exported(folder / "trafford.csv")
    faults = sorted(_validator(folder).iter_errors(package), key=lambda fault: list(fault.path))
    for fault in faults[:10]:
        print(f"360Giving: {'/'.join(map(str, fault.path))}: {fault.message[:200]}")
    if faults or len(package["grants"]) != N_GRANTS:
        sys.exit(f"{len(faults)} faults in {len(package['grants'])} exported grants.")
    print(f"360Giving: {N_GRANTS} exported grants are valid, their instants too")


def _rows(path: Path) -> list[GrantRow]:
    """As the importers read them; a Fault has no such fields and ends this."""
    return [replace(row, row=0, said=frozenset()) for row, _ in read_grants(path)]


def _exported(path: Path) -> dict[str, Any]:
    with a_site("sqlite") as site:
        site.manage("import_grants", str(path))
        out = site.folder / "out.json"
        site.manage("export", "grants", "--format", "360-json", "--raw", "--out", str(out))
        return json.loads(out.read_text())


def _validator(folder: Path) -> Draft4Validator:
    package, grant = (
        json.loads((folder / f"360-giving-{name}schema.json").read_text())
        for name in ("package-", "")
    )
    registry: Registry[Any] = Registry(
        retrieve=lambda uri: Resource(contents=grant, specification=DRAFT4)
    )
    return Draft4Validator(package, registry=registry, format_checker=FORMATS)
