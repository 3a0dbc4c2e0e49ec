"""Label sprints: asking for one, filling it, deciding in it, ending it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from annotation.errors import NotAllowed, SprintRefused
from annotation.models import Category, Grant, Sprint, SprintDecision, SprintGrant, User
from annotation.services import doorbell
from annotation.services.audit import record
from annotation.services.retrying import tried_again
from annotation.services.rollups import recount

Status = Sprint.Status
Verdict = SprintDecision.Verdict
TASK = "classifier.fill_requested_sprints"
MOST = 200


@dataclass(frozen=True)
class Candidate:
    """A grant to be asked about."""

    grant_id: int
    source: str
    score: float
    evidence: list[str]


@transaction.atomic
def start_sprint(by: User, category: Category, n_wanted: int = 40) -> Sprint:
    """Ask a worker for grants that the category is likely to fit; an open sprint comes again.

    Raises:
        NotAllowed: the person is no administrator; nothing is stored.
        SprintRefused: the category is retired, or the number is none; nothing is stored.
    """
    if not by.is_administrator:
        raise NotAllowed("Only administrators may start a sprint.")
    if category.retired_at:
        raise SprintRefused(f"{category} is retired. Choose a category that is offered.")
    if not 1 <= n_wanted <= MOST:
        raise SprintRefused(f"A sprint has 1 to {MOST} grants, not {n_wanted}.")
    open_ones = Sprint.objects.open().filter(category=category)
    if found := open_ones.first():
        return found
    try:
        with transaction.atomic():
            sprint = Sprint.objects.create(category=category, started_by=by, n_wanted=n_wanted)
            record(by, "sprint started", sprint, category=category.code)
    except IntegrityError:  # somebody else was a moment quicker
        return open_ones.get()
    doorbell.ring_on_commit(TASK)
    return sprint


def work_waits() -> bool:
    return Sprint.objects.to_fill(timezone.now()).exists()


@transaction.atomic
def take_sprint() -> Sprint | None:
    """The next sprint to fill, with an attempt number of its own; None when there is none."""
    now = timezone.now()
    sprint = Sprint.objects.to_fill(now).select_for_update(skip_locked=True, no_key=True).first()
    if sprint is None:
        return None
    Sprint.objects.filter(pk=sprint.pk).update(
        status=Status.FILLING, attempt=F("attempt") + 1, progress=0.0, taken_at=now,
        heartbeat_at=now,
    )  # fmt: skip
    sprint.refresh_from_db()
    return sprint


def report_sprint(sprint: Sprint, progress: float) -> None:
    """Note how much of the pool is read.

    Raises:
        SprintRefused: it was ended, or another worker has it; nothing is stored.
    """
    if not _mine(sprint).update(progress=progress, heartbeat_at=timezone.now()):
        raise SprintRefused(f"{sprint} was ended, or another worker has it.")


@transaction.atomic
def fill_sprint(
    sprint: Sprint, candidates: Sequence[Candidate], model_version_id: int | None
) -> None:
    """Store what will be asked about, in this order. Errors as ``report_sprint``."""
    if not _mine(sprint).update(
        status=Status.READY, progress=1.0, model_version=model_version_id,
        heartbeat_at=timezone.now(),
    ):  # fmt: skip
        raise SprintRefused(f"{sprint} was ended, or another worker has it.")
    SprintGrant.objects.bulk_create(
        SprintGrant(
            sprint=sprint,
            grant_id=candidate.grant_id,
            position=position,
            source=candidate.source,
            score=candidate.score,
            evidence=candidate.evidence,
        )
        for position, candidate in enumerate(candidates, start=1)
    )


def fail_sprint(sprint: Sprint, error: Exception) -> None:
    """Keep why it could not be filled; it may be started anew."""
    _mine(sprint).update(
        status=Status.FAILED,
        error=f"{type(error).__name__}: {error}"[:500],
        ended_at=timezone.now(),
    )


def _mine(sprint: Sprint) -> QuerySet[Sprint]:
    return Sprint.objects.filter(pk=sprint.pk, status=Status.FILLING, attempt=sprint.attempt)


@transaction.atomic
def end_sprint(by: User, sprint: Sprint) -> None:
    """Close a sprint; what was decided in it stays.

    Raises:
        NotAllowed: the person neither started it nor is an administrator; nothing is stored.
    """
    if not by.is_administrator and sprint.started_by_id != by.pk:
        raise NotAllowed("Only administrators may end a sprint.")
    if (
        Sprint.objects.open()
        .filter(pk=sprint.pk)
        .update(status=Status.ENDED, ended_at=timezone.now())
    ):
        record(by, "sprint ended", sprint)


@tried_again
@transaction.atomic
def decide(
    annotator: User, sprint_grant: SprintGrant, verdict: str, seconds: int = 0
) -> SprintDecision:
    """Say whether the sprint's category fits one grant. The same verdict again changes nothing.

    Raises:
        SprintRefused: the sprint is over, or the verdict is none; nothing is stored.
    """
    if verdict not in Verdict.values:
        raise SprintRefused(f"{verdict!r} is no verdict. Say yes, no or unsure.")
    # The row orders two quick keys of one person, so that their chain stays one.
    SprintGrant.objects.select_for_update(no_key=True).get(pk=sprint_grant.pk)
    if sprint_grant.sprint.status != Status.READY:
        raise SprintRefused("This sprint is over. What was decided in it is kept.")
    last = SprintDecision.objects.filter(
        sprint_grant=sprint_grant, annotator=annotator, superseded_by=None
    ).first()
    if last and not last.is_withdrawal and last.verdict == verdict:
        return last
    grant: Grant = sprint_grant.grant
    decision = SprintDecision.objects.create(
        sprint_grant=sprint_grant,
        annotator=annotator,
        verdict=verdict,
        supersedes=last,
        content_sha256=grant.content_sha256,
        seconds=seconds,
    )
    about = sprint_grant.sprint.category_id
    recount([grant.pk], reviewed={about: decision.decided_at})
    return decision


@tried_again
@transaction.atomic
def undo_decision(annotator: User, sprint: Sprint) -> SprintGrant:
    """Withdraw one's newest standing decision in a sprint; returns the grant it was about.

    Raises:
        SprintRefused: there is none, or the sprint is over; nothing is stored.
    """
    if sprint.status != Status.READY:
        raise SprintRefused("This sprint is over. What was decided in it is kept.")
    last = (
        SprintDecision.objects.current()
        .filter(annotator=annotator, sprint_grant__sprint=sprint)
        .select_related("sprint_grant")
        .order_by("-pk")
        .first()
    )
    if last is None:
        raise SprintRefused("You have decided nothing here that could be taken back.")
    try:
        with transaction.atomic():
            SprintDecision.objects.create(
                sprint_grant=last.sprint_grant,
                annotator=annotator,
                verdict=last.verdict,
                supersedes=last,
                is_withdrawal=True,
                content_sha256=last.content_sha256,
            )
    except IntegrityError as error:  # taken back twice at once
        raise SprintRefused("That decision has been taken back already.") from error
    recount([last.sprint_grant.grant_id])
    return last.sprint_grant
