"""The settings as people see them: what changed when and by whom, and what a change brings."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from annotation.models import AuditEvent, Grant
from annotation.services.site_settings import ACTION, Change, orders_anew, reads_anew

SHOWN = 20


@dataclass(frozen=True)
class PastChange:
    change: Change
    who: str
    at: datetime


def latest_changes(limit: int = SHOWN) -> list[PastChange]:
    """The newest changes of settings first. One query."""
    events = AuditEvent.objects.filter(action=ACTION).select_related("actor")[:limit]
    return [
        PastChange(
            Change(event.subject, event.details.get("before"), event.details.get("after")),
            event.actor.username if event.actor else "a command",
            event.happened_at,
        )
        for event in events
    ]


def consequences(changes: Iterable[Change]) -> list[str]:
    """What to know before saving, a sentence each; none for a change that stays in its place."""
    changes = list(changes)
    names = {change.name for change in changes}
    said = []
    if "text_fields" in names:
        said.append(
            "Every grant’s text becomes another one. The active version was trained on the old "
            "texts, so its suggestions and figures may be worse until the next training."
        )
    if reads_anew(changes):
        n_grants = Grant.objects.count()
        what = "the one grant" if n_grants == 1 else f"all {n_grants:,} grants"
        said.append(
            f"The active version reads {what} anew in the background and the queue is ordered by "
            "what it finds. Until its turn comes, each grant keeps the suggestions it has; grants "
            "that are open on a screen stay as they are."
        )
    elif orders_anew(changes):
        said.append(
            "The queue is ordered anew in the background; grants that are open on a screen stay "
            "there. No grant is read for it."
        )
    if names & {"audit_share", "audit_drawing", "audit_usual_amount"}:
        said.append(
            "Only grants imported from now on are drawn with the new chance. Those here keep "
            "their stream and the chance they were drawn with, so that figures stay honest."
        )
    if names & {"second_share", "required_annotations", "blind_share"}:
        said.append(
            "Waiting grants that nobody has opened or annotated follow the new share; all others "
            "stay as they were begun."
        )
    if "plant_share" in names:
        said.append(
            "The guidelines tell everybody of planted wrong suggestions as long as there are any."
        )
    if "time_zone" in names:
        said.append("The day’s goal and the night are counted in the new time zone at once.")
    return said
