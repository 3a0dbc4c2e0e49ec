"""What a person has done and may take back."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from annotation.models import Annotation, Skip, UndoneSkip, User

UNDO_DEPTH = 50


@dataclass(frozen=True, order=True)
class Deed:
    at: datetime
    name: str
    row: Annotation | Skip = field(compare=False)


def deed_name(row: Annotation | Skip) -> str:
    """How a page names a deed that it may want to take back: ``annotation-12``."""
    return f"{type(row).__name__.lower()}-{row.pk}"


def _names(row: Annotation | Skip) -> set[str]:
    blind = row.revises if isinstance(row, Annotation) else None
    return {deed_name(row), deed_name(blind or row)}


def newest_deed_at(annotator: User, besides: frozenset[str] = frozenset()) -> datetime | None:
    """When they did what would be taken back next; None when nothing is left."""
    return max((deed.at for deed in left_to_undo(annotator, None, besides)), default=None)


def left_to_undo(annotator: User, deed: str | None, besides: frozenset[str]) -> list[Deed]:
    """Deeds that are not among ``besides``, in no order; with ``deed`` that one alone."""
    return [
        d
        for d in _deeds(annotator, deed)
        if besides.isdisjoint(_names(d.row)) and deed in (None, d.name)
    ]


def has_taken_back(annotator: User, idempotency_key: str) -> bool:
    """Whether an annotation or a skip was taken back under the key."""
    own = {"annotator": annotator, "idempotency_key": idempotency_key}
    return Annotation.objects.filter(**own).exists() or UndoneSkip.objects.filter(**own).exists()


def _deeds(annotator: User, deed: str | None) -> Iterator[Deed]:
    """What may be taken back: the last 50, or all that hangs on the one named, however old."""
    own = Annotation.objects.filter(annotator=annotator).select_related(
        "grant", "revises__grant", "superseded_by"
    )
    named = (deed or "").removeprefix("annotation-")
    if named.isdecimal() and len(named) < 19:
        of_one_grant = own.filter(grant__annotations=int(named)).order_by("-pk")
        recent = list(of_one_grant)
    else:
        # Withdrawals are no deeds of their own, so fifty may be taken back one after the other.
        recent = list(own.filter(is_withdrawal=False).order_by("-pk")[:UNDO_DEPTH])
    superseded = {a.pk for a in recent if getattr(a, "superseded_by", None)}
    revised = {a.revises_id for a in recent if a.pk not in superseded and not a.is_withdrawal}
    for annotation in recent:
        if annotation.pk in superseded | revised or annotation.is_withdrawal:
            continue
        yield Deed(annotation.submitted_at, deed_name(annotation), annotation)
    skips = Skip.objects.filter(annotator=annotator).select_related("grant").order_by("-pk")
    for skip in skips[:UNDO_DEPTH]:
        yield Deed(skip.skipped_at, deed_name(skip), skip)
