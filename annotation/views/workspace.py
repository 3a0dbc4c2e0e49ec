"""A claimed grant as the annotating page lays it out."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from django.urls import reverse

from annotation.models import Category, Facet, User
from annotation.reports.recent_use import own_notes
from annotation.services.answers import FacetAnswer
from annotation.services.queue import Claim
from annotation.templatetags.words import per_cent
from annotation.views.evidence import paragraphs, segments

NUMBERS = 9
ALSO_CONSIDER = 5


@dataclass(frozen=True)
class Row:
    """One suggestion; ``at`` is its place on the screen, ``number`` the key that cycles it."""

    at: int
    number: int | None
    code: str
    label: str
    path: list[str]
    definition: str
    scope: str
    score: float
    lexical: bool
    evidence: list[str]
    state: str
    needs_person: bool  # sensitive, and else it would have come ticked
    cannot_say: bool  # its kind of model does not know which words spoke for it


@dataclass(frozen=True)
class FacetPanel:
    facet: Facet
    suggested: list[Row] = field(default_factory=list)
    folded: list[Row] = field(default_factory=list)
    added: list[dict] = field(default_factory=list)
    outcome: str | None = None

    @property
    def is_unfolded(self) -> bool:
        return any(row.state != "undecided" for row in self.folded)


def workspace(
    claim: Claim,
    reader: User,
    answers: Mapping[str, FacetAnswer] | None = None,
    *,
    stands: bool = False,
) -> dict:
    """The template's context; ``answers`` is an earlier answer to be changed, which ``stands``."""
    panels = _panels(claim, answers)
    rows = [row for panel in panels for row in (*panel.suggested, *panel.folded)]
    evidence = [row.evidence for row in rows]
    return {
        "claim": claim,
        "grant": claim.grant,
        "panels": panels,
        "title": segments(claim.grant.title, evidence),
        "paragraphs": paragraphs(claim.grant.description, evidence),
        "notes": own_notes(reader, claim.grant.pk),
        "data": json.dumps(
            _for_script(claim, panels, rows) | {"isFilled": answers is not None, "stands": stands}
        ),
    }


def shares(sizes: list[int]) -> list[int]:
    """How many of the nine numbers each facet gets: a fair first share, the rest to the top."""
    first = min(3, NUMBERS // max(1, len(sizes)))
    given = [min(size, first) for size in sizes]
    for place, size in enumerate(sizes):
        given[place] += min(NUMBERS - sum(given), size - given[place])
    return given


def _panels(claim: Claim, answers: Mapping[str, FacetAnswer] | None) -> list[FacetPanel]:
    shown = {f.code: [s for s in claim.shown if s["facet"] == f.code] for f in claim.facets}
    panels: list[FacetPanel] = []
    at = number = 0
    for facet, share in zip(claim.facets, shares([len(s) for s in shown.values()]), strict=True):
        answer = None if answers is None else answers.get(facet.code, FacetAnswer())
        panel = FacetPanel(
            facet,
            added=_added(answer, shown[facet.code]),
            outcome=answer.outcome if answer and answer.outcome != "labelled" else None,
        )
        visible = [s for n, s in enumerate(shown[facet.code]) if n < share or _stands_out(s)]
        hidden = [s for s in shown[facet.code] if s not in visible][:ALSO_CONSIDER]
        for n, suggestion in enumerate(visible):
            number += n < share
            key = number if n < share else None
            panel.suggested.append(_row(at, key, suggestion, answer))
            at += 1
        for suggestion in hidden:
            panel.folded.append(_row(at, None, suggestion, answer))
            at += 1
        panels.append(panel)
    return panels


def _stands_out(shown: dict) -> bool:
    """Never folded away, whatever its place: as sure as what is ticked."""
    return shown["ticked"] or _needs_person(shown)


def _needs_person(shown: dict) -> bool:
    return shown.get("needs_person", False)  # what was kept in earlier days does not say


def _row(at: int, number: int | None, shown: dict, answer: FacetAnswer | None) -> Row:
    return Row(
        at=at,
        number=number,
        code=shown["category"],
        label=shown["label"],
        path=shown["path"],
        definition=shown["definition"],
        scope=shown["scope_note"],
        score=shown["score"],
        lexical=shown["lexical"],
        evidence=shown["evidence"],
        state=_state(shown, answer),
        needs_person=_needs_person(shown),
        cannot_say=shown.get("cannot_say", False),
    )


def _state(shown: dict, answer: FacetAnswer | None) -> str:
    if answer is None:
        return "ticked" if shown["ticked"] else "undecided"
    if shown["category"] in answer.accepted + answer.added:
        return "ticked"
    return "rejected" if shown["category"] in answer.rejected else "undecided"


def _added(answer: FacetAnswer | None, shown: list[dict]) -> list[dict]:
    """Chosen categories that are not, or no longer, among the suggestions."""
    if answer is None:
        return []
    codes = {*answer.accepted, *answer.added} - {s["category"] for s in shown}
    return [
        {"code": c.code, "label": c.label, "path": c.ancestor_labels}
        for c in Category.objects.active().filter(code__in=codes)
    ]


def _addresses(claim: Claim) -> dict[str, str]:
    """Where the page sends what becomes of the grant. What changes an annotation needs no claim."""
    own = {"note": reverse("note", args=[claim.grant.pk])}
    if claim.changes:
        deed = "submit_revision" if claim.revises else "submit_correction"
        views = {"open": "change", "submit": deed}
        return own | {name: reverse(view, args=[claim.changes]) for name, view in views.items()}
    own["open"] = reverse("open_grant", args=[claim.grant.pk])
    names = ("submit", "skip", "renew")
    return own | {name: reverse(name, args=[claim.token]) for name in names}


def _for_script(claim: Claim, panels: list[FacetPanel], rows: list[Row]) -> dict:
    on_screen = {row.code for row in rows}
    return {
        "token": str(claim.token),
        "key": str(uuid.uuid4()),
        "grant": claim.grant.reference,
        "title": claim.grant.title or claim.grant.reference,
        "isBlind": claim.is_blind,
        "changes": claim.changes and f"annotation-{claim.changes}",
        "replaces": claim.replaces,
        **_addresses(claim),
        "unseen": [s["category"] for s in claim.shown if s["category"] not in on_screen],
        "facets": [
            {
                "code": panel.facet.code,
                "label": panel.facet.label,
                "required": panel.facet.is_required,
                "public": panel.facet.has_general_public,
                "outcome": panel.outcome,
                "added": panel.added,
                "rows": [
                    asdict(row) | {"percent": per_cent(row.score)}
                    for row in (*panel.suggested, *panel.folded)
                ],
            }
            for panel in panels
        ],
    }
