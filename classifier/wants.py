"""What staff want of categories, as the order of the queue carries it out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

from annotation.models import Category, QueueItem, Suggestion
from classifier.waiting import Waiting

# A category with a target of so many is served as one without any.
USUAL_TARGET = 10
AT_ONCE = 200  # grants of one category that come first until the queue is ordered anew


def as_examples(categories: Iterable[Category], counts: Mapping[int, int]) -> dict[int, float]:
    """How well off each category counts as, by key: its examples, as seen from its target.

    Twice the target halves them. One that has reached its target is left out: nothing comes for
    its sake.
    """
    return {
        category.pk: counts.get(category.pk, 0) * USUAL_TARGET / (category.target or USUAL_TARGET)
        for category in categories
        if not _is_reached(category, counts)
    }


def names_of_asked(categories: Iterable[Category], counts: Mapping[int, int]) -> dict[int, str]:
    """Who asks for which category, until its target is reached."""
    return {
        category.pk: category.asked_for_by.username
        for category in categories
        if category.asked_for_by and not _is_reached(category, counts)
    }


def spoken_of(
    words: NDArray[np.floating], category_ids: Mapping[int, int], wanted: Mapping[int, float]
) -> dict[int, tuple[int, float]]:
    """Row -> the category with few examples whose words it speaks most, and how likely.

    Args:
        words: what the words alone say, of the shape (n_grants, n_columns).
        category_ids: of columns that are offered, by column.
        wanted: see :func:`as_examples`.
    """
    if not category_ids:
        return {}
    offered = np.array(list(category_ids))
    rarity = np.array([1 / (1 + wanted.get(pk, np.inf)) for pk in category_ids.values()])
    best = offered[(words[:, offered] * rarity).argmax(axis=1)]
    return {
        row: (category_ids[column], float(words[row, column]))
        for row, column in enumerate(best.tolist())
    }


def _is_reached(category: Category, counts: Mapping[int, int]) -> bool:
    return category.target is not None and counts.get(category.pk, 0) >= category.target


def asked_for(
    waiting: Waiting, rows: NDArray[np.int64], categories: Sequence[int]
) -> dict[int, int]:
    """Row -> the category that somebody asks for and it is likely to be of, likeliest first.

    Several categories take turns. One query each.

    Args:
        rows: that may be chosen; what was drawn by lot is not among them.
    """
    row_of = dict(zip(waiting.grant_ids[rows].tolist(), rows.tolist(), strict=True))
    found: dict[int, int] = {}
    likely = [_likely(category, row_of) for category in categories]
    for turn in zip_longest(*likely):
        for category, row in zip(categories, turn, strict=True):
            if row is not None:
                found.setdefault(row, category)
    return found


def _likely(category: int, row_of: Mapping[int, int]) -> list[int]:
    suggested = Suggestion.objects.of_last_readers().filter(
        category=category,
        grant__queue_item__is_open=True,
        grant__queue_item__stream__in=_CHOOSABLE,
    )
    likeliest = suggested.order_by("-score", "grant_id").values_list("grant_id", flat=True)
    # Some of them are open on a screen or belong to the random stream.
    grants = likeliest[: 10 * AT_ONCE]
    return [row_of[grant] for grant in grants if grant in row_of][:AT_ONCE]


_CHOOSABLE = [
    stream
    for stream in QueueItem.Stream.values
    if stream not in {QueueItem.Stream.AUDIT, QueueItem.Stream.OVERLAP, QueueItem.Stream.RECHECK}
]
