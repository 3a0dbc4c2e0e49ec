"""What a training is at, what its version has still to read, and what was said since the last."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import (
    BooleanField,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    IntegerField,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Coalesce
from django.utils import timezone

from annotation.models import (
    Adjudication,
    Annotation,
    Grant,
    Label,
    ModelVersion,
    SprintDecision,
    Taxonomy,
)

Status = ModelVersion.Status
ENDED_WELL = (Status.EVALUATED, Status.ACTIVE, Status.REJECTED, Status.RETIRED)
MOST_NEW = 1_000  # more annotations are as good a reason to train: nobody waits for their number
BEFORE_ALL = datetime(1, 1, 2, tzinfo=UTC)  # a day off, since zones move the first beyond time


@dataclass(frozen=True)
class VersionsNow:
    """Those that matter now. ``last_begun``: the newest whose training began, however it ended."""

    active: ModelVersion | None
    in_training: ModelVersion | None  # else one that waits
    last_begun: ModelVersion | None

    @property
    def last_kind(self) -> str:
        """Of model, that has learned what there is; empty where that newest one was broken off."""
        last = self.last_begun
        if last is None or last.status in (Status.FAILED, Status.CANCELLED):
            return ""
        return last.backend


@dataclass(frozen=True)
class Reading:
    """What a version has still to read; ``seconds`` None while no version's speed is known."""

    n_grants: int
    n_unread: int
    seconds: int | None

    @property
    def share(self) -> float:
        """Of the grants that are read, 0 to 1."""
        return 1 - self.n_unread / self.n_grants if self.n_grants else 1.0


@dataclass(frozen=True)
class TrainingProgress:
    """A training that waits or runs; ``share`` 0 to 1.

    ``seconds_left``: None while nobody can tell: of the first of its kind, and once it takes
    longer than the last one did (``is_overdue``).
    """

    version: ModelVersion
    share: float
    phase: str
    seconds_left: int | None
    is_overdue: bool = False


@dataclass(frozen=True)
class Learnable:
    """What a training would learn now: what was said since the last began, and any text.

    ``n_new``: counted no further than ``MOST_NEW``.
    """

    n_new: int
    has_texts: bool
    has_lessons: bool

    @property
    def may_have_more(self) -> bool:
        return self.n_new >= MOST_NEW


def versions_now() -> VersionsNow:
    """The active version, what trains or waits, and the newest that began. One query."""
    gated = ModelVersion.objects.gated()
    begun = gated.of_current_taxonomy().exclude(started_at=None).order_by("-pk").values("pk")[:1]
    rows = gated.filter(
        Q(status=Status.ACTIVE, taxonomy__is_current=True)
        | Q(status__in=[Status.TRAINING, Status.REQUESTED])
        | Q(pk__in=begun)
    ).select_related("requested_by", "taxonomy")
    found = list(rows.order_by("-pk"))
    is_of_now = [version for version in found if version.taxonomy.is_current]
    by_status = {version.status: version for version in found}
    return VersionsNow(
        active=next((v for v in is_of_now if v.status == Status.ACTIVE), None),
        in_training=by_status.get(Status.TRAINING) or by_status.get(Status.REQUESTED),
        last_begun=next((v for v in is_of_now if v.started_at), None),
    )


def training_of(version: ModelVersion | None) -> TrainingProgress | None:
    """How far that training is; None where none is. One query where one runs."""
    if version is None:
        return None
    left = _seconds_left(version)
    is_overdue = left is not None and left <= 0
    told = None if left is None or is_overdue else round(left)
    return TrainingProgress(version, version.progress, version.phase, told, is_overdue)


def _seconds_left(version: ModelVersion) -> float | None:
    """As the last of its kind took; the share stands still for too long to tell a pace.

    By the present attempt alone: an earlier one that died says nothing of how long it takes.
    """
    began = version.attempt_started_at or version.started_at
    if not began:
        return None
    ended = ModelVersion.objects.filter(status__in=ENDED_WELL, kind=version.kind)
    took = ended.filter(backend=version.backend).annotate(
        took=F("finished_at") - F("attempt_started_at")
    )
    last = took.exclude(took=None).order_by("-pk").values_list("took", flat=True).first()
    return None if last is None else (last - (timezone.now() - began)).total_seconds()


def reading_of(version: ModelVersion) -> Reading:
    """What is to be read until the version answers for every grant. One query."""
    unread = Grant.objects.not_scored_by(version)
    speeds = ModelVersion.objects.exclude(reading_speed=None).order_by("-pk")
    row = ModelVersion.objects.order_by().values_list(
        _count(Grant.objects.all()),
        _count(unread),
        Coalesce("reading_speed", Subquery(speeds.values("reading_speed")[:1])),
    )
    n_grants, n_unread, speed = row.get(pk=version.pk)
    return Reading(n_grants, n_unread, round(n_unread / speed) if speed else None)


def n_read_first(version: ModelVersion) -> int:
    """Of what the version has still to read, the grants that wait in the queue. One query.

    For who promotes it; a page that is asked for every few seconds has no time for it.
    """
    return Grant.objects.not_scored_by(version).filter(queue_item__is_open=True).count()


def learnable(since: ModelVersion | None) -> Learnable:
    """What people have said since that version's training began, and whether a text may teach.

    Sprints and adjudications count as well. One query.
    """
    began = since.started_at if since and since.started_at else BEFORE_ALL
    said = [
        (Annotation.objects.current(), "submitted_at"),
        (Adjudication.objects.current(), "adjudicated_at"),
        (SprintDecision.objects.current(), "decided_at"),
    ]
    new = [_count_to(MOST_NEW, rows.filter(**{f"{at}__gt": began})) for rows, at in said]
    taxonomies = Taxonomy.objects.filter(is_current=True).order_by()
    said_any = Q(*map(Exists, sources_of_lessons()), _connector=Q.OR)
    any_lesson = ExpressionWrapper(said_any, BooleanField())
    row = taxonomies.values_list(*new, Exists(Grant.objects.teaching()), any_lesson).first()
    if row is None:
        return Learnable(0, has_texts=False, has_lessons=False)
    *n_new, has_texts, has_lessons = row
    return Learnable(min(MOST_NEW, sum(n_new)), has_texts, has_lessons)


def sources_of_labels() -> list[QuerySet[Any]]:
    """What people have said that a training could learn from, whoever it was."""
    return [
        Annotation.objects.current(),
        SprintDecision.objects.current(),
        Label.objects.of_current_taxonomy().of_staff(),
    ]


def sources_of_lessons() -> list[QuerySet[Any]]:
    """The same of grants that may teach: labels of the audit stream only measure."""
    teaching = Grant.objects.teaching()
    said, sprinted, labels = sources_of_labels()
    return [
        said.filter(grant__in=teaching),
        sprinted.filter(sprint_grant__grant__in=teaching),
        labels.filter(grant__in=teaching),
    ]


def _count_to(most: int, rows: QuerySet[Any]) -> Subquery:
    """As :func:`_count`, of at most so many: the rest is not looked at."""
    some = rows.order_by().values("pk")[:most]
    return _count(rows.model._default_manager.filter(pk__in=some))


def _count(rows: QuerySet[Any]) -> Subquery:
    """How many there are, as a column of another query: counts that are asked for at once."""
    # As a plain function: an aggregate would be grouped by each row.
    counted = rows.order_by().annotate(n=Func("pk", function="COUNT")).values("n")
    return Subquery(counted, output_field=IntegerField())
