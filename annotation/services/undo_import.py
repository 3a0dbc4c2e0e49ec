"""Taking a whole import of grants back, while nobody has annotated any of it."""

from django.db import transaction
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
    Suggestion,
    User,
)
from annotation.services.audit import record
from annotation.services.duplicates import flag_duplicates
from annotation.services.write_labels import relabelled_by, take_labels_back

State = ImportRun.State


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


@transaction.atomic
def undo_import(run: ImportRun, by: User) -> int:
    """Delete the grants that an import created, with all that hangs on them; returns how many.

    Grants that it only changed keep the change; their labels are again what they were before.

    Raises:
        NotAllowed: the person is no administrator; nothing is deleted.
        ImportRefused: somebody has annotated one, or it is undone already; nothing is deleted.
    """
    if not by.is_administrator:
        raise NotAllowed("Only administrators undo imports.")
    run = ImportRun.objects.select_for_update().get(pk=run.pk)
    grants = Grant.objects.filter(import_run=run)
    # A submit locks its queue item first: whoever is at it now is waited for, and then seen.
    list(QueueItem.objects.filter(grant__in=grants).select_for_update().values_list("pk"))
    if reason := why_not_undone(run):
        raise ImportRefused(f"The import cannot be undone. {reason}")
    take_labels_back(run, relabelled_by(run))
    for model in (Suggestion, Skip, QueueItem, Label):
        model.objects.filter(grant__in=grants).delete()
    texts = set(grants.values_list("text_key", flat=True))
    _, deleted = grants.delete()  # and what a sprint would have asked about them
    n_deleted = deleted.get(Grant._meta.label, 0)
    flag_duplicates(texts)  # whose doubles were among them
    run.state, run.finished_at, run.faults = State.UNDONE, timezone.now(), []
    run.save(update_fields=["state", "finished_at", "faults"])
    record(by, "import undone", run, grants=n_deleted)
    transaction.on_commit(lambda: run.path.unlink(missing_ok=True))
    return n_deleted
