"""What a worker starts in a process of its own begins with its work."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import load_command_class

from classifier import tasks
from classifier.management.commands._courteous import CourteousCommand
from tests.conftest import ROOT

STARTED = re.findall(r'_run\("(\w+)"\)', Path(tasks.__file__).read_text())


def test_the_commands_are_found():
    assert len(STARTED) >= 7 and "score_waiting_grants" in STARTED


@pytest.mark.parametrize("name", STARTED)
def test_none_of_them_loads_the_pages_to_check_them(name):
    assert list(load_command_class("classifier", name).requires_system_checks) == []


WAITING = {"end_sagemaker_jobs"}  # it waits for AWS, and works for a moment in between


@pytest.mark.parametrize("name", sorted({*STARTED} - WAITING))
def test_what_takes_long_leaves_the_processors_to_annotators(name):
    command = load_command_class("classifier", name)
    assert isinstance(command, CourteousCommand) and command.nice >= 10


def test_what_annotators_get_next_is_read_before_way_is_given():
    assert not load_command_class("classifier", "score_waiting_grants").gives_way_at_once


def test_its_own_process_is_nice_and_one_that_only_calls_it_is_not():
    code = """if True:
        import os
        from django.core.management import call_command
        from classifier.management.commands._courteous import CourteousCommand
        class Deed(CourteousCommand):
            requires_system_checks = []
            def handle(self, **options):
                print(os.nice(0))
        print(os.nice(0))
        call_command(Deed())
        for _ in range(2):  # one that is nice already stays as it is
            Deed().run_from_argv(["manage.py", "deed"])
    """
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "classie_site.settings"}
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, check=True, capture_output=True
    ).stdout
    before, called, *own = map(int, said.split())
    assert called == before
    assert own == [max(before, 10)] * 2
