"""What a worker starts in a process of its own begins with its work."""

import re
from pathlib import Path

import pytest
from django.core.management import load_command_class

from classifier import tasks

STARTED = re.findall(r'_run\("(\w+)"\)', Path(tasks.__file__).read_text())


def test_the_commands_are_found():
    assert len(STARTED) >= 7 and "score_waiting_grants" in STARTED


@pytest.mark.parametrize("name", STARTED)
def test_none_of_them_loads_the_pages_to_check_them(name):
    assert list(load_command_class("classifier", name).requires_system_checks) == []
