"""What a tick looks at: trainings, the night and the disk. It opens notices and closes them."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path

from django.db.models import Q
from django.utils import timezone

from annotation.models import Grant, ModelVersion, Notice, SiteSettings, Taxonomy
from annotation.services.backends import backend_words
from annotation.services.model_versions import usual_backend
from annotation.services.nights import may_learn
from annotation.services.notices import close_other_notices, open_notice
from annotation.services.trainings import HEARTBEAT_LIMIT

Kind = Notice.Kind
Status = ModelVersion.Status
# A night that is on time ends a day after the one before it, and its training takes a while.
NIGHT_LIMIT = timedelta(hours=26)
GIGABYTE = 10**9
# A tick a minute rings for a night that waits; a worker that is at something else comes to it.
TAKE_UP_LIMIT = timedelta(hours=2)
# Of a large disk a tenth is plenty, and of a small one a few gigabytes are: both must be low.
LEAST_FREE_SHARE, LEAST_FREE_BYTES = 0.15, 20 * GIGABYTE
ENOUGH_AGAIN = 1.1  # a disk at the limit does not open and close a notice every minute


def look_round(folder: Path) -> None:
    """Look at all that a tick looks at. A few small queries.

    Args:
        folder: where the site keeps its files.
    """
    look_at_trainings()
    look_at_the_night()
    usage = shutil.disk_usage(folder)
    look_at_the_disk(usage.free, usage.total)


def look_at_trainings() -> None:
    """A notice while the last training that was carried through has failed or was refused."""
    ended = ModelVersion.objects.gated().of_current_taxonomy().exclude(finished_at=None)
    trained = ended.filter(kind=ModelVersion.Kind.TRAINED).exclude(status=Status.CANCELLED)
    last = trained.order_by("-finished_at", "-pk").first()
    if last is None or last.status not in (Status.FAILED, Status.REJECTED):
        close_other_notices(Kind.TRAINING)
        return
    cause = f"{last} {last.status}"
    close_other_notices(Kind.TRAINING, [cause])
    if last.status == Status.FAILED:
        words = (
            f"The training of {_called(last)} has failed. The version before it goes on suggesting."
        )
        deed = "Read the reason on its page, mend it, and press Retrain now."
    else:
        active = ModelVersion.objects.active()
        words = (
            f"{_called(last)} was refused: it did not do as well as it must. "
            f"The active version stays{f': {active}' if active else ''}."
        )
        deed = _deed_on_refused(last)
    open_notice(Kind.TRAINING, cause, words, deed, {"version": last.pk})


def _called(version: ModelVersion) -> str:
    """With its kind of model, since somebody may only have tried another one."""
    return f"{version} ({backend_words(version.backend)})"


def _deed_on_refused(version: ModelVersion) -> str:
    deed = "Read on its page against which figures it fell short."
    # One of the nights is no trial, whatever kind they have been set to train since.
    usual = version.backend if version.for_date else usual_backend()
    if version.backend != usual:
        return (
            f"{deed} It tried another kind of model than the nights train, which is: "
            f"{backend_words(usual)}. Nothing has to be done."
        )
    return (
        f"{deed} If labels were changed or imported lately, look at those first; promote it by "
        "hand only if you know better."
    )


def look_at_the_night() -> None:
    """A notice while no nightly training has ended for 26 hours though one was due.

    None while one is on its way: asked for two hours ago or less, or at work and alive.
    """
    site = SiteSettings.objects.current()
    since = _stalled_since(timezone.now(), site)
    if since is None:
        close_other_notices(Kind.NIGHT)
        return
    cause = f"since {since.isoformat()}"
    local = since.astimezone(site.zone)
    close_other_notices(Kind.NIGHT, [cause])
    open_notice(
        Kind.NIGHT,
        cause,
        f"No nightly training has ended since {local.day} {local:%B %Y, %H:%M}.",
        "See on the page of versions whether one waits or runs. If it waits, no worker takes it: "
        "restart the site or its worker, and read the worker's log.",
    )


def _stalled_since(now: datetime, site: SiteSettings) -> datetime | None:
    """When a night last ended, or could first be due; None where all is as it should be."""
    taxonomy = Taxonomy.objects.current()
    first = Grant.objects.teaching().order_by("pk").values_list("created_at", flat=True).first()
    if taxonomy is None or first is None or not may_learn():
        return None
    nights = ModelVersion.objects.filter(taxonomy=taxonomy, for_date__isnull=False)
    ended = nights.exclude(finished_at=None).order_by("-finished_at")
    last = ended.values_list("finished_at", flat=True).first()
    since = max(filter(None, (last, taxonomy.created_at, first)))
    if now - since <= NIGHT_LIMIT:
        return None
    # Somebody may have set a later hour, so that more than a day lies between two nights.
    local = (now - (NIGHT_LIMIT - timedelta(days=1))).astimezone(site.zone)
    due = local.date() - timedelta(days=local.time() < site.night_starts_at)
    carried_through = Q(for_date__gte=due, finished_at__isnull=False)
    return None if nights.filter(carried_through | _is_on_its_way(now)).exists() else since


def _is_on_its_way(now: datetime) -> Q:
    """Those that were asked for lately, as after a downtime, or train, however long."""
    asked = Q(status=Status.REQUESTED, requested_at__gte=now - TAKE_UP_LIMIT)
    return asked | Q(status=Status.TRAINING, heartbeat_at__gte=now - HEARTBEAT_LIMIT)


def look_at_the_disk(free: int, total: int) -> None:
    """A notice while little of the disk is free; closed when clearly more is.

    Args:
        free: bytes that may still be written.
        total: bytes of the disk.
    """
    stands = Notice.objects.standing().filter(kind=Kind.DISK).exists()
    margin = ENOUGH_AGAIN if stands else 1.0
    if free >= min(LEAST_FREE_SHARE * total, LEAST_FREE_BYTES) * margin:
        close_other_notices(Kind.DISK)
        return
    open_notice(
        Kind.DISK,
        "low",
        # In whole gigabytes, so that the row is not written anew every minute.
        f"The disk has {free // GIGABYTE} GB free of {total // GIGABYTE} GB.",
        "Make room or a larger disk before it is full: saving stops when it is. Old model "
        "versions and uploaded files under the site's folder take the most.",
    )
