"""Grants as plain lines for an export, batch by batch."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import Q, QuerySet

from annotation.exporters.grants_360 import CURRENCIES, REQUIRED
from annotation.exporters.lines import GrantLine, Term
from annotation.models import Category, Grant, Suggestion
from annotation.reports.grant_filters import filtered
from annotation.reports.standing import Standing, standing
from annotation.reports.terms import Terms, read_terms, version_name

BATCH = 1_000
FACTS = (
    "reference", "title", "description", "amount_awarded", "currency", "award_date",
    "recipient_name", "recipient_identifier", "funder_name", "programme", "recipient_place",
    "beneficiary_place", "funder_identifier",
)  # fmt: skip


def grants_found(query: Mapping[str, str], *, for_360: bool | None = None) -> QuerySet[Grant]:
    """The grants of the list's filter; with ``for_360`` only those fit for 360Giving, or unfit."""
    found = filtered(query)
    if for_360 is None:
        return found
    return found.filter(fit_for_360()) if for_360 else found.exclude(fit_for_360())


def fit_for_360() -> Q:
    """Grants with a value for every field that 360Giving requires."""
    fit = Q(currency__in=CURRENCIES)
    for column in REQUIRED.values():
        if column in ("amount_awarded", "award_date"):
            fit &= Q(**{f"{column}__isnull": False})
        else:
            fit &= ~Q(**{column: ""})
    return fit


def grant_lines(found: QuerySet[Grant], threshold: float | None = None) -> Iterator[GrantLine]:
    """Every grant in the order of import; six queries a batch at most, whatever its size.

    Args:
        threshold: suggestions from this probability on come along; None: people's labels only.
    """
    terms = read_terms(Category.objects.current())
    last = 0
    while batch := list(
        found.filter(pk__gt=last).order_by("pk").values_list("pk", "scored_by_id", *FACTS)[:BATCH]
    ):
        last = batch[-1][0]
        keys = [row[0] for row in batch]
        stands = standing(keys, terms.facet_of)
        suggested = {} if threshold is None else _suggested(batch, threshold, terms)
        for pk, version, *facts in batch:
            line = _grant_line(facts, stands[pk], terms)
            if threshold is not None:
                likely = tuple(suggested.get(pk, ()))
                line = replace(line, suggested=likely, suggested_by=version_name(version))
            yield line


def most_categories(lines: Iterator[GrantLine]) -> int:
    """How many columns the widest of the grants needs."""
    return max((len(line.categories) for line in lines), default=0)


def _grant_line(facts: Sequence[Any], stands: Standing, terms: Terms) -> GrantLine:
    chosen = sorted(stands.categories, key=terms.order.__getitem__)
    by_applicant = sorted(stands.by_applicant, key=terms.order.__getitem__)
    return GrantLine(
        **dict(zip(FACTS, facts, strict=True)),
        categories=tuple(terms.terms[pk] for pk in chosen),
        applicant_categories=tuple(terms.terms[pk] for pk in by_applicant),
        sources=tuple(stands.sources),
        annotators=tuple(stands.annotators),
        labelled_at=stands.labelled_at,
        model_versions=tuple(stands.model_versions),
        outcomes={terms.facet_codes[f]: value for f, value in stands.outcomes.items()},
    )


def _suggested(
    batch: Sequence[Sequence[Any]], threshold: float, terms: Terms
) -> dict[int, list[tuple[Term, float]]]:
    """Suggestions of the version that read each grant last; none where one decides blind yet."""
    reader = {row[0]: row[1] for row in batch}
    rows = Suggestion.objects.filter(grant__in=list(reader), score__gte=threshold)
    rows = rows.exclude(grant__queue_item__is_blind=True, grant__queue_item__is_open=True)
    found: dict[int, list[tuple[Term, float]]] = defaultdict(list)
    for grant, version, category, score in rows.order_by("-score", "pk").values_list(
        "grant_id", "model_version_id", "category_id", "score"
    ):
        if version == reader[grant] and category in terms.terms:
            found[grant].append((terms.terms[category], score))
    return found
