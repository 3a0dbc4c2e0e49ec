"""The life of an uploaded file: kept, checked, confirmed, imported, undone.

The row holds state, heartbeat and attempt number, as a model version does: a worker that was given
up finds its attempt outdated at its next report and stops.
"""

import os
from collections.abc import Iterable

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from annotation.errors import ImportRefused, ImportStopped, NotAllowed
from annotation.importers.grant_rows import COLUMNS, Mapping
from annotation.models import ImportRun, MappingProfile, User
from annotation.services import doorbell
from annotation.services.audit import record

State = ImportRun.State
ATTEMPTS = 3
TASK = "classie_site.run_waiting_imports"


def keep_upload(
    by: User, *, kind: str, name: str, chunks: Iterable[bytes], with_categories: bool = True
) -> ImportRun:
    """Store a file beside the database and ask for its check; nothing of it is read here.

    Raises:
        NotAllowed: the person is no administrator; nothing is stored.
    """
    _administrators_only(by)
    with transaction.atomic():
        run = ImportRun.objects.create(
            kind=kind,
            state=State.UPLOADED,
            file_name=plain_name(name),
            upload_size=1,
            imported_by=by,
            with_categories=with_categories,
        )
        settings.IMPORT_STORE.mkdir(mode=0o700, parents=True, exist_ok=True)
        run.upload_size = max(1, _write(run, chunks))
        run.save(update_fields=["upload_size"])
        record(by, "file uploaded", run)
        doorbell.ring_on_commit(TASK)
    return run


def _write(run: ImportRun, chunks: Iterable[bytes]) -> int:
    run.path.unlink(missing_ok=True)  # of a number that a restored database gives again
    file = os.open(run.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "wb") as target:
        return sum(target.write(chunk) for chunk in chunks)


def plain_name(name: str) -> str:
    """A name to show: its last part, without what cannot be printed."""
    last = name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(c if c.isprintable() else "␣" for c in last).strip()
    return shown[:255] or "unnamed"


def import_waits() -> bool:
    """Whether there is something to take up, an undo too; cheap, for the tick."""
    now = timezone.now()
    runs = ImportRun.objects
    return _next_waiting().exists() or runs.stalled(now).exists() or runs.undo_waits(now).exists()


def _next_waiting() -> QuerySet[ImportRun]:
    """A confirmed file waits for the one that is being imported; checks do not."""
    waiting = ImportRun.objects.waiting()
    is_busy = ImportRun.objects.running().filter(state=State.IMPORTING).exists()
    return waiting.exclude(state=State.CONFIRMED) if is_busy else waiting


def take_import() -> ImportRun | None:
    """Take up a waiting file, or one whose worker fell silent; None if there is neither."""
    now = timezone.now()
    try:
        with transaction.atomic():
            run = _first(ImportRun.objects.stalled(now)) or _first(_next_waiting())
            if run is None:
                return None
            if run.attempt >= ATTEMPTS:
                _fail(run, f"Its worker died {ATTEMPTS} times. See the worker's log.")
                return None
            if run.state in ImportRun.WAITING:
                run.state = State.CHECKING if run.state == State.UPLOADED else State.IMPORTING
            run.attempt, run.heartbeat_at = run.attempt + 1, now
            run.progress, run.rows_read, run.taken_at = 0.0, 0, now
            run.save()
            return run
    except IntegrityError:  # one_uploaded_file_imported_at_a_time: another worker is at it
        return None


def _first(runs: QuerySet[ImportRun]) -> ImportRun | None:
    return runs.select_for_update(skip_locked=True).order_by("pk").first()


def mine(run: ImportRun) -> QuerySet[ImportRun]:
    """The run while this attempt still holds it."""
    running = ImportRun.objects.filter(state__in=(*ImportRun.RUNNING, State.UNDOING))
    return running.filter(pk=run.pk, attempt=run.attempt)


def beat(run: ImportRun, **figures: float) -> None:
    """Say that the import is alive, and how far it is.

    In a transaction it is a fence, too: nobody stops the import or takes it up before that ends.

    Raises:
        ImportStopped: somebody stopped it, or another worker has it: stop.
    """
    if not mine(run).update(heartbeat_at=timezone.now(), **figures):
        raise ImportStopped(f"{run} was stopped or is carried out by another worker now.")


def begin_by_command(
    name: str, file_sha256: str, by: User | None, *, is_demonstration: bool
) -> ImportRun:
    """The run of a command, or the one that the same file's command was killed in.

    Should that command live after all, it finds its attempt outdated and stops.
    """
    now = timezone.now()
    begun = ImportRun.objects.filter(
        kind=ImportRun.Kind.GRANTS,
        state=State.IMPORTING,
        upload_size=0,
        file_sha256=file_sha256,
        is_demonstration=is_demonstration,
    )
    with transaction.atomic():
        run = begun.select_for_update().order_by("pk").first()
        if run is None:
            return ImportRun.objects.create(
                kind=ImportRun.Kind.GRANTS,
                state=State.IMPORTING,
                file_name=name[:255],
                file_sha256=file_sha256,
                is_demonstration=is_demonstration,
                imported_by=by,
                heartbeat_at=now,
            )
        run.attempt, run.heartbeat_at = run.attempt + 1, now
        run.save(update_fields=["attempt", "heartbeat_at"])
        return run


def give_back(run: ImportRun) -> None:
    """Its process was killed, or met a fault that passes: the next tick takes it up again."""
    for running, waiting in zip(ImportRun.RUNNING, ImportRun.WAITING, strict=True):
        mine(run).filter(state=running).update(state=waiting)


def fail_import(run: ImportRun, reason: str) -> None:
    """Store why it failed; a fenced worker changes nothing."""
    if mine(run).exists():
        _fail(run, reason)


def _fail(run: ImportRun, reason: str) -> None:
    ImportRun.objects.filter(pk=run.pk).update(
        state=State.FAILED, error=reason[:2000], finished_at=timezone.now()
    )
    run.path.unlink(missing_ok=True)


@transaction.atomic
def map_columns(run: ImportRun, by: User, mapping: Mapping, profile: str = "") -> None:
    """Say which column is what, and have the file checked with that; perhaps keep the profile.

    Raises:
        ImportRefused: the file is not waiting for its columns, or the mapping does not fit it.
    """
    _administrators_only(by)
    run = _locked(run, {State.COLUMNS, State.CHECKED})
    if foreign := set(mapping.columns.values()) - set(run.header):
        raise ImportRefused(f"{run.file_name} has no column {sorted(foreign)[0]!r}.")
    if unknown := set(mapping.columns) - COLUMNS:
        raise ImportRefused(f"There is no column {sorted(unknown)[0]!r} of ours.")
    stored = vars(mapping).copy()
    ImportRun.objects.filter(pk=run.pk).update(mapping=stored, state=State.UPLOADED, attempt=0)
    if profile:
        MappingProfile.objects.update_or_create(
            name=profile, defaults={"header": run.header, "mapping": stored, "created_by": by}
        )
    doorbell.ring_on_commit(TASK)


def profile_for(header: list[str]) -> MappingProfile | None:
    """The newest profile that was made for exactly these columns."""
    profiles = MappingProfile.objects.order_by("-pk")
    return next((p for p in profiles if sorted(p.header) == sorted(header)), None)


@transaction.atomic
def confirm_import(run: ImportRun, by: User, choice: str = "") -> None:
    """Have a checked file imported.

    Raises:
        ImportRefused: it is not checked, or a choice is missing; nothing is stored.
    """
    _administrators_only(by)
    run = _locked(run, {State.CHECKED})
    if run.preview.get("asks") and choice not in {"update", "replace"}:
        raise ImportRefused("Choose what shall happen to the taxonomy in use.")
    ImportRun.objects.filter(pk=run.pk).update(
        state=State.CONFIRMED, taxonomy_choice=choice, attempt=0, progress=0
    )
    record(by, "import confirmed", run, choice=choice)
    doorbell.ring_on_commit(TASK)


@transaction.atomic
def cancel_import(run: ImportRun, by: User) -> None:
    """Stop a file on its way; what is imported already stays, and can be undone.

    Raises:
        ImportRefused: it has ended already; nothing is stored.
    """
    _administrators_only(by)
    run = _locked(run, set(State) - {*ImportRun.FINISHED, State.UNDOING})
    ImportRun.objects.filter(pk=run.pk).update(
        state=State.CANCELLED, finished_at=timezone.now(), error=f"Stopped by {by}."
    )
    record(by, "import cancelled", run)
    transaction.on_commit(lambda: run.path.unlink(missing_ok=True))


def _locked(run: ImportRun, states: set[State]) -> ImportRun:
    found = ImportRun.objects.select_for_update().get(pk=run.pk)
    if found.state not in states:
        raise ImportRefused(f"{found.file_name} is {found.get_state_display()}. Reload the page.")
    return found


def _administrators_only(by: User) -> None:
    if not by.is_administrator:
        raise NotAllowed("Only administrators import files.")
