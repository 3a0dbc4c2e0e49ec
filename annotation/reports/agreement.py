"""How well people agree: the stored figures of the question "agreement", as its page reads them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from annotation.models import Category, Facet, StoredReport, User

# Krippendorff, Content Analysis (2004), 11.4: customary bounds, and no more than that.
RELIABLE, TENTATIVE = 0.8, 0.667


@dataclass(frozen=True)
class Told:
    """A stored figure with its 95 % interval; without a value only ``n``, what it would be of."""

    n: int
    least: int
    value: float | None = None
    low: float = 0.0
    high: float = 0.0

    @property
    def is_too_few(self) -> bool:
        return self.n < self.least

    @property
    def reading(self) -> str:
        """An alpha in words, by the lower end of its interval; empty without one."""
        if self.value is None:
            return ""
        if self.low >= RELIABLE:
            return "Reliable"
        return "With care" if self.low >= TENTATIVE else "Too low to rely on"


@dataclass(frozen=True)
class FacetAgreement:
    facet: Facet
    alpha: Told
    levels: list[tuple[int, Told]]


@dataclass(frozen=True)
class CategoryAgreement:
    category: Category
    alpha: Told


@dataclass(frozen=True)
class PairAgreement:
    """Two people, the earlier name first."""

    one: str
    other: str
    alpha: Told


@dataclass(frozen=True)
class Agreement:
    """``more_assisted``: alpha with suggestions less alpha without."""

    n_grants: int
    overall: Told
    blind: Told
    assisted: Told
    more_assisted: Told
    facets: list[FacetAgreement]
    categories: list[CategoryAgreement]
    pairs: list[PairAgreement]


def told(figure: Mapping[str, Any], least: int) -> Told:
    return Told(least=least, **{"n": 0} | dict(figure))


def agreement_of(report: StoredReport) -> Agreement:
    """What the report holds of facets, categories and people that are there today. Three queries.

    Categories come with the least agreement first and those of too few grants last, people by
    name: who agrees best is nobody's business.
    """
    body = report.body
    least = body["least"]
    facets = {facet.pk: facet for facet in Facet.objects.current()}
    keys = [row["category"] for row in body["categories"]]
    categories = Category.objects.active().select_related("facet").in_bulk(keys)
    names = dict(User.objects.values_list("pk", "username"))
    return Agreement(
        n_grants=body["n_grants"],
        **{
            name: told(body[name], least)
            for name in ("overall", "blind", "assisted", "more_assisted")
        },
        facets=[
            FacetAgreement(
                facets[row["facet"]],
                _alpha(row, least),
                [(level["level"], _alpha(level, least)) for level in row["levels"]],
            )
            for row in body["facets"]
            if row["facet"] in facets
        ],
        categories=sorted(
            (
                CategoryAgreement(categories[row["category"]], _alpha(row, least))
                for row in body["categories"]
                if row["category"] in categories
            ),
            key=_least_first,
        ),
        pairs=_pairs(body["pairs"], names, least),
    )


def _alpha(row: Mapping[str, Any], least: int) -> Told:
    return told({k: v for k, v in row.items() if k in ("n", "value", "low", "high")}, least)


def _least_first(row: CategoryAgreement) -> tuple[bool, float, int, str]:
    value = row.alpha.value
    return value is None, value or 0.0, -row.alpha.n, row.category.code


def _pairs(
    rows: Iterable[Mapping[str, Any]], names: Mapping[int, str], least: int
) -> list[PairAgreement]:
    found = []
    for row in rows:
        if all(pk in names for pk in row["people"]):
            one, other = sorted(names[pk] for pk in row["people"])
            found.append(PairAgreement(one, other, _alpha(row, least)))
    return sorted(found, key=lambda pair: (pair.one, pair.other))
