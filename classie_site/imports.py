"""Carrying out uploaded imports, each in a child process of its own."""

import contextlib
import os
import signal
import subprocess
import sys

from django.conf import settings

from annotation.errors import ImportStopped
from annotation.management.commands.run_import import TRY_AGAIN
from annotation.models import ImportRun
from annotation.services.imports import beat, fail_import, give_back, take_import
from annotation.services.undo_import import carry_out_undo, take_undo
from classie_site.processes import spawn

BEAT = 15.0  # seconds; given up after eight missed ones


def run_waiting_imports() -> int:
    """Undo, check and import what waits, one after another; returns how many were carried out."""
    n_done = _undo_waiting()
    while run := take_import():
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "run_import"]
        # Stopped imports are told by their row, so nothing here is shared with the child.
        child = spawn([*command, str(run.pk), str(run.attempt)], os.environ)
        code = _wait(run, child)
        _settle(run, code)
        n_done += 1
        if code == TRY_AGAIN:
            break  # the database had its troubles a moment ago: not before the next tick
    return n_done


def _undo_waiting() -> int:
    n_done = 0
    while run := take_undo():
        with contextlib.suppress(ImportStopped):
            carry_out_undo(run)
        n_done += 1
    return n_done


def _wait(run: ImportRun, child: subprocess.Popen[bytes]) -> int:
    while True:
        try:
            return child.wait(BEAT)
        except subprocess.TimeoutExpired:
            try:
                beat(run)
            except ImportStopped:
                child.terminate()


def _settle(run: ImportRun, code: int) -> None:
    """What a child that could not speak for itself leaves to say."""
    if code == -signal.SIGXCPU:
        fail_import(
            run,
            "It took over a minute of computing without a further row, or an hour in all. Import "
            "it in smaller parts.",
        )
    elif code < 0 or code == TRY_AGAIN:
        give_back(run)
    elif code:
        fail_import(run, f"Its process ended with code {code}. See the worker's log.")
