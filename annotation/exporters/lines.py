"""What an export says of a grant, an annotation and a category: plain values, no rows."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Term:
    """A category as others must name it; ``vocabulary`` is the taxonomy and the facet."""

    vocabulary: str
    facet: str
    code: str
    label: str


@dataclass(frozen=True, slots=True)
class Layout:
    """What a file's writer must know before the first line."""

    taxonomy: str = ""
    release: int = 0
    facets: tuple[tuple[str, str], ...] = ()  # code, label
    with_suggestions: bool = False
    is_raw: bool = False
    most_categories: int = 0  # of any grant in the file


@dataclass(frozen=True, slots=True)
class GrantLine:
    """A grant and what stands for it: adjudicated, else the annotators', else its file's.

    What the applicant chose is none of it: read back among the categories it would become a label.
    """

    reference: str
    title: str
    description: str
    amount_awarded: Decimal | None
    currency: str
    award_date: date | None
    recipient_name: str
    recipient_identifier: str
    funder_name: str
    programme: str
    recipient_place: str
    beneficiary_place: str
    funder_identifier: str
    categories: tuple[Term, ...] = ()
    applicant_categories: tuple[Term, ...] = ()
    sources: tuple[str, ...] = ()
    annotators: tuple[str, ...] = ()
    labelled_at: datetime | None = None
    model_versions: tuple[str, ...] = ()
    outcomes: dict[str, str] = field(default_factory=dict)  # facet code -> outcome
    suggested: tuple[tuple[Term, float], ...] = ()
    suggested_by: str = ""


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """One verdict; score, rank and tick as they were shown, None for what was added."""

    term: Term
    verdict: str
    score: float | None
    rank: int | None
    was_ticked: bool | None


@dataclass(frozen=True, slots=True)
class AnnotationLine:
    """One act of one annotator on one grant, and everything that was shown to them."""

    annotation: int
    reference: str
    annotator: str
    submitted_at: datetime
    supersedes: int | None
    is_withdrawal: bool
    stands: bool
    is_blind: bool
    stream: str
    seconds: int
    model_version: str
    taxonomy_release: str
    content_sha256: str
    outcomes: tuple[tuple[str, str], ...]  # facet code, outcome
    decisions: tuple[DecisionLine, ...]
    revises: int | None = None  # the blind annotation that it takes the place of


@dataclass(frozen=True, slots=True)
class SprintLine:
    """One yes, no or unsure of one person: does one category fit one grant?

    ``source`` is why the sprint asked about the grant, ``score`` the probability it had then.
    """

    sprint: int
    decision: int
    reference: str
    term: Term
    verdict: str
    annotator: str
    decided_at: datetime
    supersedes: int | None
    is_withdrawal: bool
    stands: bool
    seconds: int
    source: str
    score: float
    model_version: str
    content_sha256: str


@dataclass(frozen=True, slots=True)
class CategoryLine:
    """``broader`` is the parent; ``broader_offered`` the nearest above that is still offered."""

    facet: str
    code: str
    label: str
    broader: str
    broader_offered: str
    definition: str
    scope_note: str
    alt_labels: tuple[str, ...]
    include_pattern: str
    exclude_pattern: str
    is_retired: bool
    merged_into: tuple[str, str] | None  # facet, code
