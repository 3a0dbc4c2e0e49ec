"""Measuring one option in a process of its own that ends when nobody wants it any more."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection

from threadpoolctl import threadpool_limits  # scikit-learn brings it

from classifier.backends.trials import Outcome, Setting, TrialLost, measured

LOOKS = 1.0  # seconds between two looks at whether it is still wanted


class TrialFailed(Exception):
    """Measuring an option has ended with an error; its kind and its words."""


def measured_apart(setting: Setting, name: str, is_wanted: Callable[[], bool]) -> Outcome | None:
    """All figures of one option; None if it was not wanted to its end.

    Its peak of memory is its own, it holds one thread, and its death takes nothing along.

    Raises
    ------
    TrialLost
        The process has ended before it was done.
    TrialFailed
        It cannot be measured on these texts.
    """
    # A forked process would inherit locks that some thread holds.
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_measure, args=(theirs, setting, name), daemon=True)
    process.start()
    theirs.close()
    try:
        while not ours.poll(LOOKS):
            if not is_wanted():
                return None
        said = ours.recv()
    except EOFError as error:
        raise TrialLost("Its process was ended, for want of memory perhaps.") from error
    finally:
        ours.close()
        process.kill()
        process.join()
    if isinstance(said, str):
        raise TrialFailed(said)
    return said


def _measure(pipe: Connection, setting: Setting, name: str) -> None:
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    with threadpool_limits(limits=1):
        try:
            pipe.send(measured(setting, name))
        except Exception as error:  # noqa: BLE001 - whatever it is, the others are measured still
            pipe.send(f"{type(error).__name__}: {error}")


def _end_with_the_parent() -> None:
    """A worker that is killed can end nobody; what it began would go on for nothing."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
