"""Which category stands for one that was merged: as SQL, for whoever counts, lists or exports.

A row keeps the category that was said. One step leads to the one that counts: a merging takes
along what had been merged before, so there are no chains.
"""

from django.db.models import F, Q
from django.db.models.functions import Coalesce


def counted(prefix: str = "category") -> Coalesce:
    """The key of the category that counts."""
    return Coalesce(F(f"{prefix}__merged_into_id"), F(f"{prefix}_id"))


def counted_label(prefix: str = "category") -> Coalesce:
    return Coalesce(F(f"{prefix}__merged_into__label"), F(f"{prefix}__label"))


def counts_for(category: object, prefix: str = "category") -> Q:
    """Rows that count for one category directly; of a merged one those that name it."""
    return Q(**{prefix: category}) | Q(**{f"{prefix}__merged_into": category})
