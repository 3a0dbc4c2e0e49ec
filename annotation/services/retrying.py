"""Once more, when another transaction was in the way."""

import logging
import random
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import DatabaseError, connection

from annotation.database_faults import first_line, is_passing

logger = logging.getLogger(__name__)
TRIES = 3
PAUSE = 0.02  # seconds, doubled each time, by lot: or two that collided would meet again
P = ParamSpec("P")
R = TypeVar("R")


def tried_again(deed: Callable[P, R]) -> Callable[P, R]:
    """Do the deed up to three times when PostgreSQL gave it up for another's sake.

    That is a serialisation failure, a deadlock, or a lock that did not come within lock_timeout.
    Only for deeds that are one transaction: it is undone then, so nothing is done twice. Inside
    a caller's transaction nothing is tried again, since that one is spoilt as a whole.
    """

    @wraps(deed)
    def trying(*args: P.args, **kwargs: P.kwargs) -> R:
        for attempt in range(1, TRIES + 1):
            try:
                return deed(*args, **kwargs)
            except DatabaseError as error:
                if not is_passing(error) or connection.in_atomic_block or attempt == TRIES:
                    raise
                logger.info("%s is tried again: %s", deed.__name__, first_line(error))
                time.sleep(random.uniform(0.5, 1) * PAUSE * 2**attempt)
        raise AssertionError("The last try returns or raises.")

    return trying
