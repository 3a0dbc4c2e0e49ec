"""Taking a whole import of grants back, while nobody has annotated any of it."""

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from annotation.errors import ImportRefused, NotAllowed
from annotation.models import (
    Annotation,
    Grant,
    ImportRun,
    Label,
    Note,
    QueueItem,
    Skip,
    SprintDecision,
    SprintGrant,
    Suggestion,
    User,
)
from annotation.services import doorbell
from annotation.services.audit import record
from annotation.services.duplicates import flag_duplicates
from annotation.services.imports import TASK, beat
from annotation.services.retrying import tried_again
from annotation.services.rollups import take_out
from annotation.services.short_turns import rows_at_once, turn
from annotation.services.untaught import follow_words, hold_words
from annotation.services.write_labels import relabelled_by, take_labels_back

State = ImportRun.State
BATCH = 500


def why_not_undone(run: ImportRun) -> str:
    """Why an import cannot be undone, in words; empty when it can."""
    if run.kind != ImportRun.Kind.GRANTS:
        return "A taxonomy is not undone: import the file that you had before, and choose replace."
    if run.is_demonstration:
        return "It belongs to the demonstration, which has a removal of its own."
    if run.state not in (State.DONE, State.FAILED, State.CANCELLED) and not run.is_abandoned:
        return f"It is {run.get_state_display()}."
    grants = Grant.objects.filter(import_run=run)
    if not grants.exists():
        return "It created no grant that is still here."
    n = Annotation.objects.filter(grant__in=grants).values("grant").distinct().count()
    if n:
        return f"{n:,} of its grants have been annotated, and what people decided is never deleted."
    n = SprintDecision.objects.filter(sprint_grant__grant__in=grants).count()
    n += Note.objects.filter(grant__in=grants).count()
    if n:
        times = "once" if n == 1 else f"{n:,} times"
        return f"People have said something of its grants {times}, in sprints or in notes."
    if QueueItem.objects.filter(grant__in=grants, claimed_until__gt=timezone.now()).exists():
        return "Somebody has one of its grants open. Try again when it is given back."
    return ""


def undo_import(run: ImportRun, by: User) -> int:
    """Begin and carry out; returns how many grants are deleted. Errors as ``begin_undo``."""
    return carry_out_undo(begin_undo(run, by, is_at_once=True))


@transaction.atomic
def begin_undo(run: ImportRun, by: User, *, is_at_once: bool = False) -> ImportRun:
    """Ask for the grants that an import created to be deleted, with all that hangs on them.

    Whoever carries the import out finds its attempt outdated and stops.

    Args:
        is_at_once: the caller carries it out; else a worker does.

    Raises:
        NotAllowed: the person is no administrator; nothing is stored.
        ImportRefused: somebody has annotated one, or it is undone already; nothing is stored.
    """
    if not by.is_administrator:
        raise NotAllowed("Only administrators undo imports.")
    run = ImportRun.objects.select_for_update().get(pk=run.pk)
    grants = Grant.objects.filter(import_run=run)
    # A submit locks its queue item first: whoever is at it now is waited for, and then seen.
    list(QueueItem.objects.filter(grant__in=grants).select_for_update().values_list("pk"))
    if reason := why_not_undone(run):
        raise ImportRefused(f"The import cannot be undone. {reason}")
    run.state, run.attempt, run.progress = State.UNDOING, run.attempt + 1, 0.0
    run.heartbeat_at = timezone.now() if is_at_once else None
    run.save(update_fields=["state", "attempt", "progress", "heartbeat_at"])
    record(by, "import undo begun", run, grants=grants.count())
    doorbell.ring_on_commit(TASK)
    return run


def take_undo() -> ImportRun | None:
    """Take up an undo that waits, or one whose worker fell silent; None if there is neither."""
    now = timezone.now()
    with transaction.atomic():
        waiting = ImportRun.objects.undo_waits(now).select_for_update(skip_locked=True)
        run = waiting.order_by("pk").first()
        if run is not None:
            run.attempt, run.heartbeat_at = run.attempt + 1, now
            run.save(update_fields=["attempt", "heartbeat_at"])
        return run


def carry_out_undo(run: ImportRun) -> int:
    """Delete in batches, each a transaction of its own; returns how many are deleted.

    Grants that it only changed keep the change; their labels are again what they were before.
    Grants that people have taken up since it began are kept. Twice does no harm.

    Raises:
        ImportStopped: another worker has it.
    """
    relabelled, at_once = sorted(relabelled_by(run)), rows_at_once(BATCH)
    for start in range(0, len(relabelled), at_once):
        with turn():
            _take_labels_back(run, relabelled[start : start + at_once])
    grants = Grant.objects.filter(import_run=run).order_by("pk")
    total, last, n_read, n_deleted = grants.count(), 0, 0, 0
    while keys := list(grants.filter(pk__gt=last).values_list("pk", flat=True)[:at_once]):
        last, n_read = keys[-1], n_read + len(keys)
        with turn():
            n_deleted += _delete(run, keys, progress=min(1.0, n_read / total))
    _end(run, n_deleted)
    return n_deleted


@tried_again
@transaction.atomic
def _take_labels_back(run: ImportRun, grants: list[int]) -> None:
    beat(run)
    take_labels_back(run, grants)


@tried_again
@transaction.atomic
def _delete(run: ImportRun, keys: list[int], progress: float) -> int:
    beat(run, progress=progress)
    items = QueueItem.objects.filter(grant__in=keys)
    list(items.select_for_update().values_list("pk"))
    gone = set(keys) - _taken_up(keys)
    mine = Grant.objects.filter(pk__in=gone)
    texts = set(mine.exclude(text_key="").values_list("text_key", flat=True))
    # With their doubles, whose flags change: figures are locked after all grants, see rollups.
    with_doubles = Grant.objects.filter(Q(pk__in=gone) | Q(text_key__in=texts)).order_by("pk")
    list(with_doubles.select_for_update(of=("self",)).values_list("pk"))
    for model in (SprintGrant, Suggestion, Skip, QueueItem, Label):
        model.objects.filter(grant__in=mine).delete()
    n_deleted = mine.count()
    take_out(gone)
    mine.delete()
    flag_duplicates(texts)  # whose doubles were among them
    return n_deleted


def _taken_up(keys: list[int]) -> set[int]:
    """Those of the grants that somebody has open, or has said something of."""
    now = timezone.now()
    said = SprintDecision.objects.filter(sprint_grant__grant__in=keys)
    return {
        *QueueItem.objects.filter(grant__in=keys, claimed_until__gt=now).values_list(
            "grant", flat=True
        ),
        *Annotation.objects.filter(grant__in=keys).values_list("grant", flat=True),
        *Note.objects.filter(grant__in=keys).values_list("grant", flat=True),
        *said.values_list("sprint_grant__grant", flat=True),
    }


@tried_again
@transaction.atomic
def _end(run: ImportRun, n_deleted: int) -> None:
    hold_words()
    beat(run)
    n_kept = Grant.objects.filter(import_run=run).count()
    kept = f"Its undo has kept {n_kept:,} grants that people took up meanwhile." * bool(n_kept)
    ImportRun.objects.filter(pk=run.pk).update(
        state=State.DONE if n_kept else State.UNDONE,
        error=kept,
        finished_at=timezone.now(),
        faults=[],
        progress=1.0,
    )
    record(None, "import undone", run, grants=n_deleted, kept=n_kept)
    follow_words()
    transaction.on_commit(lambda: run.path.unlink(missing_ok=True))
