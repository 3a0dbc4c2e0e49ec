"""What README and docs tell people to type is typed here, in a new site of its own."""

import os
import re
import shlex
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands, load_command_class
from django.core.management.base import CommandError
from django.urls import resolve
from openpyxl import Workbook

from tests.conftest import ROOT
from tests.site.doc_commands import COMMAND, Block, blocks, documents, named
from tests.site.new_database import new_database

# Where a text has a word for the reader to replace, the tests put one of theirs.
WORDS = {"NAME": "mei", "FILE": "grants.xlsx", "WHAT": "grants", "FORMAT": "csv"}
OURS = re.compile(r"\.venv/bin/python manage\.py (\w+)")


def test_blocks_and_names_are_found():
    assert {block.file for block in blocks()} >= {
        "README.md", "docs/importing.md", "docs/exporting.md", "docs/operators-guide.md",
    }  # fmt: skip
    assert len(named()) > 8


@pytest.mark.parametrize("block", blocks(), ids=lambda block: f"{block.file}: {block.lines[0]}")
def test_every_line_of_a_block_is_a_command(block):
    assert [line for line in block.lines if not COMMAND.match(line)] == []


@pytest.mark.parametrize(("file", "command"), named())
def test_a_named_command_takes_what_is_said(file, command):
    understood(command)


def understood(command):
    """Fail when the command, an option or a make target of it does not exist."""
    words = [WORDS.get(word, word) for word in shlex.split(command.replace("…", ""))]
    if words[0] == "make":
        targets = [word for word in words[1:] if "=" not in word]
        subprocess.run(
            ["make", "-n", *targets], cwd=ROOT, check=True, capture_output=True, timeout=60
        )
        return
    apps = get_commands()
    assert words[1] in apps, f"There is no command {words[1]}."
    if len(words) > 2:
        parser = load_command_class(apps[words[1]], words[1]).create_parser("manage.py", words[1])
        refused = ""
        try:
            parser.parse_args(words[2:])
        except CommandError as error:
            refused = str(error)
        # A text may name an option alone; what it names must exist.
        assert not refused or "required" in refused


def test_links_between_documents_lead_somewhere():
    for file in documents():
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", file.read_text()):
            assert (file.parent / target).exists(), f"{file.name}: {target}"


@pytest.fixture(scope="session")
def migrated(tmp_path_factory, django_db_setup):
    """A site that is migrated once, for the others to be copies of."""
    with new_site(tmp_path_factory.mktemp("migrated"), "migrated") as site:
        site.type(".venv/bin/python manage.py migrate -v 0")
        yield site


@pytest.fixture
def site(tmp_path, migrated, transactional_db):
    """An empty, migrated site in a folder that looks like the project's, and files to import."""
    with new_site(tmp_path, "typed_commands", like="migrated") as site:
        if settings.IS_SQLITE:
            shutil.copy(migrated.folder / "var/classie.sqlite3", tmp_path / "var")
        yield site


class Site:
    """A folder in which documented commands can be typed."""

    def __init__(self, folder, environment):
        self.folder, self.environment = folder, environment

    def type(self, *lines):
        done = subprocess.run(
            ["bash", "-ec", "\n".join(lines)],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
        )
        assert done.returncode == 0, f"{lines}: {done.stdout}{done.stderr}"
        return done.stdout

    def ask(self, code):
        """What a line of Python says inside the site."""
        return self.type(f".venv/bin/python manage.py shell -v 0 -c {shlex.quote(code)}").strip()


@contextmanager
def new_site(folder, purpose, like=""):
    """Its database is empty, or like the one for another purpose; SQLite's file is the caller's."""
    for name in ("manage.py", "annotation", "classifier", "classie_site", "templates", ".venv"):
        (folder / name).symlink_to((ROOT / name).resolve())
    (folder / "var/static").mkdir(parents=True)
    (folder / "var/models").mkdir()
    (folder / "var/models/a-model").write_text("a fitted model")
    (folder / "var/secret").write_text("k" * 64)
    (folder / "var/secret").chmod(0o600)
    write_files(folder)
    wanted = ("PATH", "HOME", "REDIS_URL", "LD_LIBRARY_PATH")
    kept = {name: os.environ[name] for name in wanted if name in os.environ}
    environment = {**kept, "VAR_DIR": str(folder / "var"), "PLAIN_STATIC": "1"}
    if settings.IS_SQLITE:
        yield Site(folder, environment)
        return
    with new_database(purpose, like) as url:
        yield Site(folder, environment | {"DATABASE_URL": url})


def write_files(folder: Path):
    rows = [["reference", "title", "description"], ["G-1", "Swim lessons", "For all children."]]
    (folder / "grants.csv").write_text("\n".join(",".join(row) for row in rows))
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet()
    for row in rows:
        sheet.append(row)
    workbook.save(folder / "grants.xlsx")
    (folder / "taxonomy.csv").write_text("facet,code,label\nSubject,S1,Sport\n")


def in_order():
    """Documents whose blocks are typed one after the other in a new site."""
    plain = [b for b in blocks() if b.kind == ""]
    return {file: [b for b in plain if b.file == file] for file in {b.file for b in plain}}


@pytest.mark.worker
@pytest.mark.parametrize("file", sorted(in_order()))
def test_what_a_document_says_works_as_it_is_typed(site, file):
    # Exporting begins where importing ends.
    before = in_order()["docs/importing.md"] if file == "docs/exporting.md" else []
    for block in [*before, *in_order()[file]]:
        for line in block.lines:
            if line.startswith("make "):
                understood(line.partition("#")[0])
            elif line.startswith("curl "):
                path = re.search(r"https://host(/[^?\"]+)", line)[1]
                assert resolve(path)
            else:
                site.type(line)


@pytest.mark.worker
def test_a_backup_is_restored_whole(site):
    kind = "sh sqlite" if settings.IS_SQLITE else "sh postgresql"
    back_up, restore = (b for b in blocks() if b.kind == kind)
    assert isinstance(back_up, Block)
    for file in ("taxonomy.csv", "grants.csv"):
        site.type(f".venv/bin/python manage.py import_{file.removesuffix('.csv')} {file}")
    site.type(".venv/bin/python manage.py add_user mei --role annotator")
    count = (
        "from annotation.models import *; "
        "print(Grant.objects.count(), Category.objects.count(), User.objects.count(), "
        "AuditEvent.objects.count())"
    )
    before = site.ask(count)
    assert before.startswith("1 1 1 ")
    site.type(*back_up.lines)

    site.type(".venv/bin/python manage.py add_user later --role annotator")
    site.ask("from annotation.models import *; QueueItem.objects.all().delete()")
    (site.folder / "var/models/a-model").unlink()
    (site.folder / "var/secret").write_text("x" * 64)
    assert site.ask(count) != before

    site.type(*restore.lines)
    assert site.ask(count) == before
    assert site.ask("from annotation.models import *; print(QueueItem.objects.count())") == "1"
    assert (site.folder / "var/models/a-model").read_text() == "a fitted model"
    assert (site.folder / "var/secret").read_text() == "k" * 64
    # The triggers that keep answers append-only came back as well.
    refused = site.ask(
        "from annotation.models import *\n"
        "from django.db import DatabaseError\n"
        "try: AuditEvent.objects.update(action='forged')\n"
        "except DatabaseError: print('refused')"
    )
    assert refused == "refused"
    # And a second backup and restore over the first one work as the first did.
    site.type(*back_up.lines)
    site.type(*restore.lines)
    assert site.ask(count) == before
