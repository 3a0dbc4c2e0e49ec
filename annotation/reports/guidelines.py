"""The guidelines: today's, an older version, and what changed between two."""

from dataclasses import dataclass
from difflib import unified_diff

from annotation.models import GuidelinesVersion

CONTEXT_LINES = 2


@dataclass(frozen=True)
class Change:
    """One line of a comparison. ``kind``: added, removed or same."""

    kind: str
    text: str


def guidelines(number: int | None = None) -> GuidelinesVersion | None:
    """A version by its number, or today's; None when there is none."""
    versions = GuidelinesVersion.objects.select_related("written_by")
    return versions.filter(number=number).first() if number is not None else versions.first()


def versions() -> list[GuidelinesVersion]:
    """All versions without their texts, the newest first."""
    return list(GuidelinesVersion.objects.select_related("written_by").defer("text"))


def changes(version: GuidelinesVersion) -> list[Change]:
    """What a version changed in the one before it, line by line; empty for the first."""
    before = GuidelinesVersion.objects.filter(number=version.number - 1).first()
    return compare(before.text, version.text) if before else []


def compare(before: str, after: str) -> list[Change]:
    lines = list(
        unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=CONTEXT_LINES)
    )
    kinds = {"+": "added", "-": "removed", " ": "same"}
    # Two lines of file names come first; "@@" opens each place.
    return [Change(kinds[line[0]], line[1:]) for line in lines[2:] if line[0] in kinds]
