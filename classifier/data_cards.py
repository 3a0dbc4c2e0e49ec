"""The data card: what a version learned from, how even that is, and where it serves worse.

What belongs on one is told by Gebru et al. (2021, "Datasheets for datasets") and Bender and
Friedman (2018, "Data statements"). Counts and shares alone: no person and no text is on it.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.labelled import Labelled
from classifier.labelled_by import periods, sources
from classifier.measuring import Measured
from classifier.ml.against_keywords import Worse, against_keywords
from classifier.ml.baselines import Suggested
from classifier.ml.breakdown import facets_of, parts
from classifier.ml.evaluation import CategoryFigures
from classifier.ml.figures import Figure
from classifier.ml.sheet import ENOUGH
from classifier.ml.slicing import Slice, sliced
from classifier.ml.text import CategoryText
from classifier.slice_cuts import Cut, cuts, facts_of_all
from classifier.ticking import sensitive_codes

MOST = 10  # categories named as the most frequent
MOST_WORSE = 50
MOST_SENSITIVE = 200


def data_facts(
    training: Labelled,
    people: Mapping[str, Any],
    measured: Measured,
    categories: Sequence[CategoryText],
) -> dict[str, Any]:
    """Fit for JSON. A figure that stands on fewer than ten is None, beside the number there were.

    Reads all grants twice, without their texts.

    Args:
        people: who annotated, as :func:`classifier.labelled_by.annotators` tells it.
    """
    return {
        "roles": people["roles"],
        "n_blind": people["n_blind"],
        "sources": sources(training),
        "periods": periods(training),
        "categories": _balance(training, categories),
        **_slices(training, measured),
        "keywords": _keywords(measured, categories),
        "sensitive": _sensitive(training, measured, categories),
    }


def _balance(training: Labelled, categories: Sequence[CategoryText]) -> dict[str, Any]:
    """How the labels fall on facets and categories."""
    y, known = training.y, training.known
    support = y.sum(axis=0)
    # A stable sort of the negated counts: ties stay in the order of the taxonomy.
    order = [int(column) for column in np.argsort(-support, kind="stable") if support[column]]
    up_to = np.cumsum(support[order])
    n_labels = int(support.sum())
    return {
        "n_labels": n_labels,
        "n_with_half": int(np.searchsorted(2 * up_to, n_labels)) + 1 if n_labels else 0,
        "most": [
            {"code": categories[at].code, "label": categories[at].label, "n": int(support[at])}
            for at in order[:MOST]
        ],
        "facets": [
            {
                "facet": facet,
                "n_categories": int(columns.sum()),
                "n_without": int((support[columns] == 0).sum()),
                "n_labels": int(support[columns].sum()),
                "n_grants": int(known[:, columns].any(axis=1).sum()),
            }
            for facet, columns in facets_of(categories).items()
        ],
    }


def _slices(training: Labelled, measured: Measured) -> dict[str, Any]:
    """All grants, those learned from and the figures, by place, recipient size and so on."""
    ways = cuts()
    learned = set(training.grant_ids)
    keys = measured.grants.grant_ids if measured.grants else []
    wanted = set(keys)
    of_all: Counter[tuple[str, str]] = Counter()
    of_learned: Counter[tuple[str, str]] = Counter()
    of_measured: dict[str, dict[int, str]] = defaultdict(dict)
    n_grants = 0
    for facts in facts_of_all():
        n_grants += 1
        for way in ways:
            name = way.slice_of(facts)
            of_all[way.key, name] += 1
            of_learned[way.key, name] += facts.pk in learned
            if facts.pk in wanted:
                of_measured[way.key][facts.pk] = name
    found = None
    if measured.grants and measured.said:
        answers, said = measured.grants, measured.said
        named = [(way.names, [of_measured[way.key].get(pk, "") for pk in keys]) for way in ways]
        found = sliced(answers.y, answers.known, said.proba, said.decided, named)
    rows = found.cuts if found else [[None] * len(way.names) for way in ways]
    return {
        "n_grants": n_grants,
        "n_comparisons": found.n_comparisons if found else 0,
        "whole": _figures(found.whole if found else None),
        "cuts": [
            {
                "key": way.key,
                "title": way.title,
                "said": way.said,
                "slices": _rows(way, part, of_all, of_learned),
            }
            for way, part in zip(ways, rows, strict=True)
        ],
    }


def _rows(
    way: Cut,
    parts: Sequence[Slice | None],
    of_all: Counter[tuple[str, str]],
    of_learned: Counter[tuple[str, str]],
) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "n_grants": of_all[way.key, name],
            "n_learned": of_learned[way.key, name],
            **_figures(part),
        }
        for name, part in zip(way.names, parts, strict=True)
        if of_all[way.key, name]
    ]


def _figures(part: Slice | None) -> dict[str, Any]:
    return {
        "support": part.support if part else 0,
        "micro_f1": _json(part.micro_f1 if part else None),
        "recall_at_10": _json(part.recall_at_10 if part else None),
        "worse": part.worse if part else [],
    }


def _keywords(measured: Measured, categories: Sequence[CategoryText]) -> dict[str, Any] | None:
    """Where it does worse than the keywords; None where nothing was measured."""
    grants, said, keywords = measured.grants, measured.said, measured.keywords
    if grants is None or said is None or keywords is None:
        return None
    found = against_keywords(grants.y, grants.known, keywords, said, categories)
    return {
        "against": measured.keywords_are,
        "n_compared": found.n_compared,
        "n_too_few": found.n_too_few,
        "n_worse": len(found.worse),
        "worse": [_worse(one) for one in found.worse[:MOST_WORSE]],
    }


def _worse(one: Worse) -> dict[str, Any]:
    change = one.change
    return {
        "code": change.code,
        "label": change.label,
        "support": change.support,
        "keywords": _json(change.f1.before),
        "model": _json(change.f1.after),
        "difference": _json(change.f1.difference),
        "chance": round(one.chance, 6),
        "is_beyond_chance": one.is_beyond_chance,
    }


def _sensitive(
    training: Labelled, measured: Measured, categories: Sequence[CategoryText]
) -> dict[str, Any]:
    """Those that only a person ticks, as they are marked at the time of the training."""
    marked = sensitive_codes()
    columns = np.array(
        [not marked.isdisjoint([one.code, *one.ancestors]) for one in categories], dtype=bool
    )
    examples = training.y.sum(axis=0)
    figures: Sequence[CategoryFigures | None] = (
        measured.evaluation.categories if measured.evaluation else [None] * len(categories)
    )
    return {
        "n_categories": int(columns.sum()),
        "n_examples": int(examples[columns].sum()),
        "together": _together(measured.grants, measured.said, columns),
        "categories": [
            {
                "code": categories[at].code,
                "label": categories[at].label,
                "n_examples": int(examples[at]),
                **_of_category(figures[at]),
            }
            for at in np.flatnonzero(columns)[:MOST_SENSITIVE]
        ],
    }


def _together(
    grants: Labelled | None, said: Suggested | None, columns: NDArray[np.bool_]
) -> dict[str, Any]:
    if grants is None or said is None or not columns.any():
        return _told(0, 0, None, None, None)
    part = parts(grants.y, grants.known, said.proba, said.decided, {"": columns})[""]
    return _told(part.n_labels, part.n_ticked, part.micro_f1, part.precision, part.recall)


def _of_category(row: CategoryFigures | None) -> dict[str, Any]:
    if row is None:
        return _told(0, 0, None, None, None)
    return _told(row.support, row.ticked, row.f1, row.precision, row.recall)


def _told(
    support: int, ticked: int, f1: Figure | None, precision: Figure | None, recall: Figure | None
) -> dict[str, Any]:
    return {
        "support": support,
        "ticked": ticked,
        "f1": _json(f1 if support >= ENOUGH else None),
        "precision": _json(precision if ticked >= ENOUGH else None),
        "recall": _json(recall if support >= ENOUGH else None),
    }


def _json(figure: Figure | None) -> dict[str, float] | None:
    return figure.as_json() if figure else None
