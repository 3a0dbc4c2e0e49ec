"""An update never mixes two versions of the pages' modules: they import one another by hash."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.any_database
IMPORT = re.compile(r"""\b(?:from\s*|import\s*\(?\s*)["'](\.[^"']+)["']""")
HASHED = re.compile(r"\.[0-9a-f]{12}\.js$")
FIRST = ("js/app.js", "js/annotate/main.js", "js/upload.js")
COLLECT = """if True:
    import django; django.setup()
    from django.conf import settings
    from django.contrib.staticfiles.storage import staticfiles_storage
    from django.core.management import call_command
    import sys
    settings.STATICFILES_DIRS = [sys.argv[1]]
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)
    for name in sys.argv[2:]:
        print(staticfiles_storage.stored_name(name))
"""


def collect(source: Path, var: Path) -> dict[str, Path]:
    """Collect as a deployed site does; the first modules and where each lies then."""
    (var / "static").mkdir(parents=True, exist_ok=True)
    kept = {k: v for k, v in os.environ.items() if k != "PLAIN_STATIC"}
    said = subprocess.run(
        [sys.executable, "-c", COLLECT, str(source), *FIRST],
        cwd=ROOT,
        env={**kept, "VAR_DIR": str(var), "DJANGO_SETTINGS_MODULE": "classie_site.settings"},
        stdout=subprocess.PIPE,
        text=True,
        timeout=120,
        check=True,
    ).stdout
    stored = [var / "static" / line for line in said.split()]
    return dict(zip(FIRST, stored, strict=True))


def reached(module: Path) -> set[Path]:
    """The module and all that it imports, by whatever way."""
    found, waiting = set(), [module]
    while waiting:
        at = waiting.pop()
        if at not in found:
            found.add(at)
            waiting += [(at.parent / name).resolve() for name in IMPORT.findall(at.read_text())]
    return found


@pytest.fixture
def source(tmp_path):
    return Path(shutil.copytree(ROOT / "static", tmp_path / "source"))


def test_every_module_is_imported_by_a_name_with_a_hash(source, tmp_path):
    modules = {m for first in collect(source, tmp_path / "var").values() for m in reached(first)}
    assert len(modules) > 10
    assert [m.name for m in modules if not HASHED.search(m.name)] == []


def test_a_change_deep_down_changes_every_name_on_the_way(source, tmp_path):
    before = collect(source, tmp_path / "var")
    with (source / "js/dom.js").open("a") as module:
        module.write("// changed\n")
    after = collect(source, tmp_path / "var")
    for first in ("js/app.js", "js/annotate/main.js"):
        assert before[first].name != after[first].name
        assert all("// changed" in m.read_text() for m in reached(after[first]) if "dom." in m.name)
    assert before["js/upload.js"] == after["js/upload.js"]  # it imports nothing
