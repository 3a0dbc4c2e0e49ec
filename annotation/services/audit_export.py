"""Giving out the audit log as a file, which is itself a deed of the log."""

from collections.abc import Iterator, Mapping

from django.utils import timezone

from annotation.errors import NotAllowed
from annotation.exporters import CSV, audit_csv
from annotation.models import User
from annotation.reports.audit_log import Line, all_lines
from annotation.services.audit import record
from annotation.services.exports import Export

SUBJECT = "audit-log as csv"


def start_audit_export(by: User, query: Mapping[str, str]) -> Export:
    """Note it in the log and return what is asked for as a stream.

    A second entry says how many lines were given out, also when the reader went away.

    Raises:
        NotAllowed: the person is no administrator; nothing is noted.
    """
    if not by.is_administrator:
        raise NotAllowed("Only administrators read the audit log.")
    record(by, "export started", SUBJECT, **query)
    name = f"audit-log-{timezone.localdate()}.csv"
    return Export(name, CSV, 0, _stream(by, query))


def _stream(by: User, query: Mapping[str, str]) -> Iterator[bytes]:
    given, is_whole = _Given(), False
    try:
        yield from audit_csv.write(given.counted(all_lines(query)))
        is_whole = True
    finally:
        record(by, "exported" if is_whole else "export broken off", SUBJECT, count=given.n)


class _Given:
    """How many lines have been given out."""

    n = 0

    def counted(self, lines: Iterator[Line]) -> Iterator[Line]:
        for line in lines:
            self.n += 1
            yield line
