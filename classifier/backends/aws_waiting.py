"""Waiting for something in AWS, with progress, a limit, and a way to be called off."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

S = TypeVar("S")
PAUSE = 15.0  # seconds between two looks


class TooLong(Exception):
    """What was waited for did not come in time."""


def waited(
    look: Callable[[], S],
    is_over: Callable[[S], bool],
    tell: Callable[[S, float], None],
    limit: float,
    pause: float = PAUSE,
) -> S:
    """The state once it is over.

    Parameters
    ----------
    look : callable
        Asks for the state.
    is_over : callable
        Whether a state is the last one.
    tell : callable
        Told each state that is not, with the seconds waited so far; what it raises ends the wait.
    limit : float
        Seconds after which it is given up.
    pause : float, default=15
        Seconds between two looks.

    Raises
    ------
    TooLong
        After the limit.
    """
    began = time.monotonic()
    while not is_over(state := look()):
        waited_for = time.monotonic() - began
        if waited_for > limit:
            raise TooLong(
                f"It is not over after {waited_for:,.0f} seconds; the limit is {limit:,.0f}."
            )
        tell(state, waited_for)
        time.sleep(pause)
    return state
