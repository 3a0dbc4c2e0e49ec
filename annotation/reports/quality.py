"""How far suggestions can be trusted: the stored report in the words of today's taxonomy."""

from dataclasses import dataclass
from typing import Any

from django.db.models import F

from annotation.models import Category, Facet, StoredReport, Taxonomy
from annotation.reports.outlooks import (
    OutlookRow,
    Outlooks,
    outlooks_with_categories,
)
from annotation.reports.shares import Share

Body = dict[str, Any]
Numbers = list[float] | None
WHOLE = {
    "micro_f1": "Micro-F1",
    "precision_at_1": "First suggestion right",
    "recall_at_10": "Right ones among the first ten",
    "clicks": "Corrections a grant",
}
# Numbers of examples, from the bands that figures are cut by, as a page writes them.
RANGES = {"1-4": "1–4", "5-9": "5–9", "10-19": "10–19", "20-49": "20–49"}
PARTS = {"facet": "facet", "level": "level", "support": "number of examples"}


@dataclass(frozen=True)
class Headline:
    """A figure of the whole; ``model`` and ``rules`` have their intervals and the grants."""

    name: str
    model: Share
    rules: Share | None


@dataclass(frozen=True)
class PartRow:
    """Some of the categories. Shares know the answers that they stand on."""

    name: str
    n_categories: int
    n_right: int
    micro_f1: Share
    macro_f1: Share
    precision: Share
    recall: Share
    rules: Share | None


@dataclass(frozen=True)
class CategoryTrust:
    """One category. ``outlook``: what further examples would bring, where that is stored."""

    code: str
    label: str
    path: list[str]
    facet: str
    level: int
    n_examples: int
    precision: Share
    recall: Share
    f1: Share
    rules: Share | None
    outlook: OutlookRow | None

    @property
    def gain(self) -> float | None:
        """F1 that ten more examples bring."""
        return self.outlook.gain[0] if self.outlook and self.outlook.gain else None


@dataclass(frozen=True)
class Miss:
    """A category mistaken for another of its branch, in ``n`` of ``share.n`` measured grants."""

    right: Category
    ticked: Category
    kind: str
    n: int
    share: Share
    cost: int
    grants: tuple[int, ...]


@dataclass(frozen=True)
class Quality:
    """The newest report, as a page has it."""

    report: StoredReport
    body: Body
    headlines: list[Headline]
    parts: dict[str, list[PartRow]]
    categories: list[CategoryTrust]
    misses: list[Miss]
    facets: dict[str, str]
    outlooks: Outlooks | None

    @property
    def n_hidden(self) -> int:
        """Categories with too few measured grants for an F1."""
        return sum(row.f1.is_too_few for row in self.categories)


def quality(report: StoredReport | None) -> Quality | None:
    """None where nothing was measured in the taxonomy of today. Four queries.

    A category that is retired since is left out.
    """
    if not report or not _is_of_today(report):
        return None
    body: Body = report.body
    rows = Category.objects.active().annotate(of=F("facet__code"))
    categories = {c.code: c for c in rows.only("code", "label", "ancestor_labels", "level")}
    facets = dict(Facet.objects.current().values_list("code", "label"))
    version = report.version
    outlooks, of_category = outlooks_with_categories(version) if version else (None, {})
    return Quality(
        report=report,
        body=body,
        headlines=[_headline(name, body) for name in WHOLE],
        parts={
            PARTS[kind]: [_part(row, facets if kind == "facet" else RANGES) for row in rows]
            for kind, rows in body["parts"].items()
        },
        categories=_categories(body["categories"], categories, of_category),
        misses=[miss for row in body["near_misses"] if (miss := _miss(row, categories))],
        facets=facets,
        outlooks=outlooks,
    )


def near_misses(report: StoredReport | None) -> list[Miss]:
    """Those of a report alone, as ``quality`` has them. Two queries."""
    if not report or not _is_of_today(report):
        return []
    rows = report.body["near_misses"]
    codes = {row[name] for row in rows for name in ("right", "ticked")}
    named = Category.objects.active().filter(code__in=codes).only("code", "label")
    categories = {category.code: category for category in named}
    return [miss for row in rows if (miss := _miss(row, categories))]


def _is_of_today(report: StoredReport) -> bool:
    """Whether anything was measured, in the taxonomy of today. One query."""
    taxonomy = Taxonomy.objects.current()
    if taxonomy is None or not report.body.get("n_grants"):
        return False
    return bool(report.body["taxonomy"] == taxonomy.pk)


def as_share(numbers: Numbers, n: int) -> Share:
    """Value and interval as they are stored; too few where nothing is."""
    value, low, high = numbers or (0.0, 0.0, 1.0)
    return Share(value, low, high, n)


def _headline(name: str, body: Body) -> Headline:
    found, n = body["whole"][name], body["n_grants"]
    rules = as_share(found["rules"], n) if found["rules"] else None
    return Headline(WHOLE[name], as_share(found["model"], n), rules)


def _part(row: dict[str, Any], names: dict[str, str]) -> PartRow:
    n = row["n_right"]
    return PartRow(
        name=names.get(row["name"], row["name"]),
        n_categories=row["n_categories"],
        n_right=n,
        micro_f1=as_share(row["micro_f1"], n),
        macro_f1=as_share(row["macro_f1"], n),
        precision=as_share(row["precision"], row["n_ticked"]),
        recall=as_share(row["recall"], n),
        rules=as_share(row["rules"], n) if row["rules"] else None,
    )


def _categories(
    rows: list[dict[str, Any]], categories: dict[str, Category], of_category: dict[int, OutlookRow]
) -> list[CategoryTrust]:
    found = []
    for row in rows:
        category = categories.get(row["code"])
        if category is None:
            continue
        n = row["n_right"]
        found.append(
            CategoryTrust(
                code=category.code,
                label=category.label,
                path=category.ancestor_labels,
                facet=category.of,  # type: ignore[attr-defined]  # annotated above
                level=category.level,
                n_examples=row["n_examples"],
                precision=as_share(row["precision"], row["n_ticked"]),
                recall=as_share(row["recall"], n),
                f1=as_share(row["f1"], n),
                rules=as_share(row["rules"], n) if row["rules"] else None,
                outlook=of_category.get(category.pk),
            )
        )
    return found


def _miss(row: dict[str, Any], categories: dict[str, Category]) -> Miss | None:
    right, ticked = categories.get(row["right"]), categories.get(row["ticked"])
    if right is None or ticked is None:
        return None
    share = as_share(row["share"], row["n_right"])
    return Miss(right, ticked, row["kind"], row["n"], share, row["cost"], tuple(row["grants"]))
