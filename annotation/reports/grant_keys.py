"""A row's place in the list of grants, as the links between pages have it."""

from collections.abc import Mapping
from dataclasses import dataclass

from annotation.models import Grant
from annotation.reports.grant_filters import ORDERS

LARGEST = 2**63 - 1  # key of a row


@dataclass(frozen=True)
class Key:
    """A row's place in the order: its key, and before it its score where scores make the order."""

    pk: int
    score: float | None = None

    def __str__(self) -> str:
        return f"{self.pk}" if self.score is None else f"{self.score!r}~{self.pk}"


def key_in(query: Mapping[str, str], name: str) -> Key | None:
    """What a link between pages says; None where it makes no sense."""
    score, _, pk = query.get(name, "").rpartition("~")
    if not (pk.isascii() and pk.isdecimal() and len(pk) < 20 and int(pk) <= LARGEST):
        return None
    if query.get("order") not in ORDERS:
        return Key(int(pk))
    try:
        value = float(score[:30])
    except ValueError:
        return None
    return Key(int(pk), value) if 0 <= value <= 1 else None


def place_of(grant: Grant, order: str) -> Key:
    return Key(grant.pk, grant.top_score if order in ORDERS else None)


def start_of(after: Key | None, before: Key | None) -> int:
    """The nearest key of a grant: after an import was undone there may be none for very long."""
    if before:
        nearest = Grant.objects.filter(pk__lt=before.pk).order_by("-pk")
        return nearest.values_list("pk", flat=True).first() or before.pk
    if after:
        nearest = Grant.objects.filter(pk__gt=after.pk).order_by("pk")
        return nearest.values_list("pk", flat=True).first() or after.pk
    return first_key()


def first_key() -> int:
    return Grant.objects.order_by("pk").values_list("pk", flat=True).first() or 0
