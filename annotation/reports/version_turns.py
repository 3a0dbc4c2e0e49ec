"""When a version was made active and when it went, by whom and why, as the audit log has it."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat

from annotation.models import AuditEvent, ModelVersion

BY_HAND, BY_THE_GATE = "model version promoted", "model version promoted by the gate"
STEPPED_BACK = "model version stepped back from"
GONE = "Retired: another version took its place"


@dataclass(frozen=True)
class Step:
    """A turn of a version's life; ``at`` None while it is still to come."""

    words: str
    at: datetime | None


@dataclass(frozen=True)
class _Turn:
    """One version takes the place of another; ``left`` is known where that could not be read."""

    at: datetime
    became: str
    left: str
    who: str
    why: str


def turns_of(version: ModelVersion) -> list[Step]:
    """Every time that it became active or went; what no event tells, by its row. One query."""
    own, is_active = str(version), version.is_lexical
    begun = n_gone = 0
    steps = []
    for turn in _turns(version):
        if turn.became == own:
            steps.append(Step(_came(turn, is_first=not begun and not version.is_lexical), turn.at))
            begun, is_active = begun + 1, True
        elif turn.left == own or is_active:
            steps.append(Step(_went(turn, own), turn.at))
            n_gone, is_active = n_gone + 1, False
    if version.activated_at and not begun:
        steps.append(Step("Became active", version.activated_at))
    if version.retired_at and not n_gone:
        steps.append(Step(GONE, version.retired_at))
    return steps


def _turns(version: ModelVersion) -> list[_Turn]:
    of_taxonomy = ModelVersion.objects.gated().filter(taxonomy=version.taxonomy_id)
    name = Concat(Value("v"), Cast("pk", CharField()), output_field=CharField())
    names = of_taxonomy.values_list(name)
    events = AuditEvent.objects.filter(action__in=[BY_HAND, BY_THE_GATE, STEPPED_BACK])
    rows = events.filter(subject__in=names).order_by("happened_at", "pk")
    return [
        _Turn(
            at=event.happened_at,
            became=event.details.get("successor", "") if is_left else event.subject,
            left=event.subject if is_left else "",
            who="" if event.action == BY_THE_GATE else _name(event),
            why=str(event.details.get("reason", "")),
        )
        for event in rows.select_related("actor")
        for is_left in [event.action == STEPPED_BACK]
    ]


def _name(event: AuditEvent) -> str:
    return event.actor.username if event.actor else "a command"


def _came(turn: _Turn, *, is_first: bool) -> str:
    if turn.left:
        return f"Became active: {turn.left} could not be read"
    who = f"by {turn.who}" if turn.who else "by the gate"
    return f"{'Promoted' if is_first else 'Made active again'} {who}" + _because(turn)


def _went(turn: _Turn, own: str) -> str:
    if turn.left == own:
        return f"Retired: it could not be read, {turn.became} took its place"
    is_back = turn.who and int(turn.became[1:]) < int(own[1:])
    how = f"rolled back to {turn.became}" if is_back else f"{turn.became} took its place"
    return f"Retired: {how}" + (f", by {turn.who}" if turn.who else "") + _because(turn, "; ")


def _because(turn: _Turn, join: str = ": ") -> str:
    return f"{join}{turn.why}" if turn.why and turn.who else ""
