"""Giving out files of figures, such as a simulation's. Who took one is noted."""

from collections.abc import Iterable

from annotation.errors import NotAllowed
from annotation.models import User
from annotation.services.audit import record
from annotation.services.exports import Export


def give_figures(
    by: User, subject: object, form: str, name: str, content_type: str, pieces: Iterable[bytes]
) -> Export:
    """Note it in the audit log and return the file.

    Args:
        subject: what the figures are of, such as a simulation.
        form: csv, json or html, as the log names it.

    Raises:
        NotAllowed: the person is no administrator; nothing is noted.
    """
    if not by.is_administrator:
        raise NotAllowed("Only administrators take files of figures.")
    record(by, "exported", f"{subject} as {form}")
    return Export(name, content_type, 0, iter(pieces))
