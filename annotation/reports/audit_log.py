"""The audit log: who did what to what, and when; a page or all of what is asked for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.utils import timezone

from annotation.models import AuditEvent, User
from annotation.reports.deeds import DEEDS, deed_name, deed_words, subject_words
from annotation.services.site_settings import ACTION, Change

PAGE = 50
# No index knows which events hold a word, so they are looked for among the next so many only: a
# page may hold fewer than fit, or none, and lead on.
LOOKED_AT = 20_000
AT_ONCE = 2_000  # rows a query of a file
NAMES = ("words", "person", "deed", "since", "until")
NOBODY = "-"  # the person of what a command or the site itself did
LARGEST = 2**63 - 1


@dataclass(frozen=True)
class Line:
    """One deed; ``who`` is empty where a command or the site itself did it.

    ``setting``: of a changed one, its values before and after, which a page has words for.
    """

    pk: int
    at: datetime
    who: str
    deed: str
    subject: str
    words: str
    setting: Change | None = None


@dataclass(frozen=True)
class LogPage:
    """Newest first. ``older``: the address of the next, empty at the end of the log."""

    lines: list[Line]
    older: str
    is_first: bool
    is_cut: bool  # only part of the log was looked through


@dataclass(frozen=True)
class Place:
    """Of an event in the order of the log."""

    at: datetime
    pk: int

    def __str__(self) -> str:
        return f"{self.at.isoformat()}~{self.pk}"


def log_page(query: Mapping[str, str]) -> LogPage:
    """A page of what is asked for. Three queries at most, each of a bounded number of rows.

    Args:
        query: ``NAMES`` to values that have been checked, and ``after``: a place from a link.
    """
    after = place_in(query.get("after", ""))
    found = _events(query)
    rest = _older_than(found, after) if after else found
    end = _end_of_search(rest) if query.get("words") else None
    part = _words(rest, query.get("words", ""))
    if end:
        part = part.filter(Q(happened_at__gt=end.at) | Q(happened_at=end.at, pk__gte=end.pk))
    rows = [*part.select_related("actor")[: PAGE + 1]]
    is_cut = len(rows) <= PAGE and end is not None
    older = _place(rows[PAGE - 1]) if len(rows) > PAGE else end
    return LogPage(
        lines=[line_of(event) for event in rows[:PAGE]],
        older=_link(query, older) if older else "",
        is_first=after is None,
        is_cut=is_cut,
    )


def all_lines(query: Mapping[str, str]) -> Iterator[Line]:
    """Everything that is asked for, newest first, in short queries.

    What happens while it is read is newer than its beginning and left out.
    """
    found = _words(_events(query), query.get("words", ""))
    after = None
    while True:
        part = _older_than(found, after) if after else found
        rows = [*part.select_related("actor")[:AT_ONCE]]
        yield from (line_of(event) for event in rows)
        if len(rows) < AT_ONCE:
            return
        after = _place(rows[-1])


def persons() -> Sequence[str]:
    """Whose deeds can be asked for: everybody, since who did nothing is an answer as well."""
    return [*User.objects.order_by("username").values_list("username", flat=True)]


def deeds() -> list[tuple[str, str]]:
    """The actions with their names, by name."""
    return sorted(((action, name) for action, (name, _) in DEEDS.items()), key=lambda d: d[1])


def line_of(event: AuditEvent) -> Line:
    return Line(
        pk=event.pk,
        at=event.happened_at,
        who=event.actor.username if event.actor else "",
        deed=deed_name(event.action),
        subject=subject_words(event.action, event.subject),
        words=deed_words(event.action, event.details),
        setting=_setting(event) if event.action == ACTION else None,
    )


def _setting(event: AuditEvent) -> Change:
    return Change(event.subject, event.details.get("before"), event.details.get("after"))


def place_in(words: str) -> Place | None:
    """What a link between pages says; None where it makes no sense."""
    at, _, pk = words[:80].rpartition("~")
    if not (pk.isascii() and pk.isdecimal() and len(pk) < 20 and int(pk) <= LARGEST):
        return None
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    # Within a day of either end another time zone would lead out of what a datetime can say.
    is_sayable = moment.tzinfo is not None and 1 < moment.year < 9999
    return Place(moment, int(pk)) if is_sayable else None


def _events(query: Mapping[str, str]) -> QuerySet[AuditEvent]:
    found = AuditEvent.objects.order_by("-happened_at", "-pk")
    if person := query.get("person"):
        # By the key itself: behind a join no index leads to the newest of one person.
        named = User.objects.filter(username=person).values_list("pk", flat=True).first()
        found = found.filter(actor=None if person == NOBODY else named or 0)
    if deed := query.get("deed"):
        found = found.filter(action=deed)
    if since := query.get("since"):
        found = found.filter(happened_at__gte=_start(date.fromisoformat(since)))
    if until := query.get("until"):
        end = _start(date.fromisoformat(until) + timedelta(days=1))
        found = found.filter(happened_at__lt=end)
    return found


def _start(day: date) -> datetime:
    """Of the day where the site is."""
    return timezone.make_aware(datetime.combine(day, time.min))


def _words(found: QuerySet[AuditEvent], words: str) -> QuerySet[AuditEvent]:
    for word in words.split():
        found = found.filter(subject__icontains=word)
    return found


def _older_than(found: QuerySet[AuditEvent], place: Place) -> QuerySet[AuditEvent]:
    # The first half alone lets an index begin at the right place.
    is_before = Q(happened_at__lt=place.at) | Q(pk__lt=place.pk)
    return found.filter(Q(happened_at__lte=place.at) & is_before)


def _end_of_search(found: QuerySet[AuditEvent]) -> Place | None:
    """The last event that is looked at; None where that is all of them."""
    last = found.values_list("happened_at", "pk")[LOOKED_AT - 1 : LOOKED_AT + 1]
    rows = [*last]
    return Place(*rows[0]) if len(rows) == 2 else None


def _place(event: AuditEvent) -> Place:
    return Place(event.happened_at, event.pk)


def _link(query: Mapping[str, str], place: Place) -> str:
    kept = {name: query[name] for name in NAMES if query.get(name)}
    return "?" + urlencode(kept | {"after": str(place)})
