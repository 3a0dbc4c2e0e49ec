"""docs/cases.md against the tests: each rule names at least one, and each named one exists."""

import ast
import re

import pytest

from tests.conftest import ROOT

ROW = re.compile(r"\| ([GRST]\d+) \| (.+?) \| (.+?) \|")
NAMED = re.compile(r"`([\w/]+\.py)::(test_\w+)`")
LINES = (ROOT / "docs" / "cases.md").read_text().splitlines()
ROWS = {found[1]: (found[2], found[3]) for line in LINES if (found := ROW.fullmatch(line))}


def functions_of(path):
    tree = ast.parse((ROOT / path).read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_line_of_the_tables_is_read():
    rows = [line for line in LINES if re.match(r"\| [A-Z]\d", line)]
    assert len(rows) == len(ROWS)
    for letter in "GRST":
        numbers = [int(name[1:]) for name in ROWS if name.startswith(letter)]
        assert numbers == list(range(1, len(numbers) + 1)) != []


@pytest.mark.parametrize("name", ROWS)
def test_a_rule_is_a_sentence_and_its_tests_exist(name):
    rule, cell = ROWS[name]
    assert rule.endswith(".")
    named = NAMED.findall(cell)
    assert named and NAMED.sub("", cell).strip() == ""
    for path, test in named:
        assert test in functions_of(path), f"{path} has no {test}"
