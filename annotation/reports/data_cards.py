"""The data card of a version, as its model card shows it: whose labels, how even, worse where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annotation.models import User
from annotation.reports.beside_keywords import BesideKeywords, beside_keywords, known_share
from annotation.reports.shares import Share

Facts = Mapping[str, Any]
ROLES = {User.Role.ANNOTATOR: "Annotators", User.Role.ADMINISTRATOR: "Administrators"}
SOURCES = {
    "annotation": ("Annotations, by people one grant at a time", "annotation"),
    "sprint": ("Decisions in sprints, by people one category at a time", "decision"),
    "adjudication": ("Adjudications, where people disagreed", "adjudication"),
    "imported": ("Labels that came with an imported file", "label"),
}


@dataclass(frozen=True)
class Role:
    """How many people of a role made how many of the annotations."""

    words: str
    n_people: int
    n_annotations: int


@dataclass(frozen=True)
class Source:
    words: str
    noun: str
    n: int


@dataclass(frozen=True)
class Period:
    """A month or a year; ``share`` of the period with the most, for its bar."""

    name: str
    n_of_people: int
    n_of_files: int
    share: float


@dataclass(frozen=True)
class OfFacet:
    facet: str
    n_categories: int
    n_without: int
    n_labels: int
    n_grants: int


@dataclass(frozen=True)
class Frequent:
    """One of the categories with most labels; ``share`` of all labels."""

    code: str
    label: str
    n: int
    share: float


@dataclass(frozen=True)
class DataSlice:
    """Counts of grants, the share of all grants and of those learned from, and figures."""

    name: str
    n_grants: int
    n_learned: int
    of_grants: float
    of_learned: float
    micro_f1: Share
    recall_at_10: Share
    worse: list[str]


@dataclass(frozen=True)
class DataCut:
    title: str
    said: str
    rows: list[DataSlice]


@dataclass(frozen=True)
class NeedsCare:
    """A sensitive category, or all of them together."""

    code: str
    label: str
    n_examples: int
    f1: Share
    precision: Share
    recall: Share


@dataclass(frozen=True)
class DataCard:
    """Counts are of everything, so they have no interval; figures have one, from ten on."""

    n_labels: int
    roles: list[Role]
    n_blind: int
    sources: list[Source]
    periods: list[Period]
    facets: list[OfFacet]
    frequent: list[Frequent]
    n_with_half: int
    n_grants: int
    n_learned: int
    whole: DataSlice
    cuts: list[DataCut]
    n_comparisons: int
    keywords: BesideKeywords | None  # None: nothing was measured
    n_sensitive: int
    sensitive: list[NeedsCare]
    sensitive_together: NeedsCare

    @property
    def slices_by_chance(self) -> float:
        """So many comparisons of slices like the whole would look worse at 5 % each."""
        return 0.05 * self.n_comparisons


def data_card_of(facts: Facts, n_learned: int) -> DataCard:
    """From what the training kept; no query.

    Args:
        facts: of the version's metrics, under ``card`` and ``data``.
        n_learned: grants that it learned from.
    """
    labels, sensitive = facts["categories"], facts["sensitive"]
    n_labels, n_grants = labels["n_labels"], facts["n_grants"]
    of_all = {"name": "All grants", "n_grants": n_grants, "n_learned": n_learned}
    return DataCard(
        n_labels=n_labels,
        roles=[
            Role(ROLES.get(row["role"], row["role"]), row["n_people"], row["n_annotations"])
            for row in facts["roles"]
        ],
        n_blind=facts["n_blind"],
        sources=[Source(*SOURCES[row["source"]], row["n"]) for row in facts["sources"]],
        periods=_periods(facts["periods"]),
        facets=[OfFacet(**row) for row in labels["facets"]],
        frequent=[Frequent(**row, share=row["n"] / n_labels) for row in labels["most"]],
        n_with_half=labels["n_with_half"],
        n_grants=n_grants,
        n_learned=n_learned,
        whole=_slice(of_all | facts["whole"], n_grants, n_learned),
        cuts=[
            DataCut(
                cut["title"],
                cut["said"],
                [_slice(row, n_grants, n_learned) for row in cut["slices"]],
            )
            for cut in facts["cuts"]
        ],
        n_comparisons=facts["n_comparisons"],
        keywords=beside_keywords(facts["keywords"]),
        n_sensitive=sensitive["n_categories"],
        sensitive=[_needs_care(row) for row in sensitive["categories"]],
        sensitive_together=_needs_care(
            {"code": "", "label": "All together", "n_examples": sensitive["n_examples"]}
            | sensitive["together"]
        ),
    )


def _periods(rows: Sequence[Facts]) -> list[Period]:
    most = max((row["n_of_people"] + row["n_of_files"] for row in rows), default=1)
    return [
        Period(
            row["period"],
            row["n_of_people"],
            row["n_of_files"],
            (row["n_of_people"] + row["n_of_files"]) / most,
        )
        for row in rows
    ]


def _slice(row: Facts, n_grants: int, n_learned: int) -> DataSlice:
    return DataSlice(
        name=row["name"],
        n_grants=row["n_grants"],
        n_learned=row["n_learned"],
        of_grants=row["n_grants"] / n_grants if n_grants else 0.0,
        of_learned=row["n_learned"] / n_learned if n_learned else 0.0,
        micro_f1=known_share(row["micro_f1"], row["support"]),
        recall_at_10=known_share(row["recall_at_10"], row["support"]),
        worse=row["worse"],
    )


def _needs_care(row: Facts) -> NeedsCare:
    return NeedsCare(
        code=row["code"],
        label=row["label"],
        n_examples=row["n_examples"],
        f1=known_share(row["f1"], row["support"]),
        precision=known_share(row["precision"], row["ticked"]),
        recall=known_share(row["recall"], row["support"]),
    )
