"""Merging one category into another, and taking that back."""

from django.db import transaction
from django.utils import timezone

from annotation.errors import MergeRefused, NotAllowed
from annotation.models import Category, Taxonomy, User
from annotation.services.asked_counts import ask_for_count
from annotation.services.audit import record
from annotation.services.retrying import tried_again
from annotation.services.sensitive_categories import mark_sensitive
from annotation.services.taxonomy_releases import make_known
from annotation.services.watched_categories import watch_category


@tried_again
@transaction.atomic
def merge_category(category: Category, into: Category, by: User) -> Category:
    """Offer a category no more, and count what was given it for the other.

    No decision, label or answer is rewritten: each keeps the category that was said, and whoever
    counts, lists, exports or trains reads the other in its place. What had been merged into the
    category before goes along. The taxonomy has a new release.

    Returns:
        The merged category as it is stored now.

    Raises:
        NotAllowed: the person is no administrator; nothing is stored.
        MergeRefused: the two cannot be merged; nothing is stored.
    """
    category, into, taxonomy = _locked(category, into, by)
    if problem := problem_of(category, into):
        raise MergeRefused(problem)
    category.retired_at, category.merged_into = timezone.now(), into
    category.save(update_fields=["retired_at", "merged_into"])
    _take_marks_along(category, into, by)
    # No chains: whoever reads takes one step.
    earlier = Category.objects.filter(merged_into=category)
    codes = list(earlier.values_list("code", flat=True))
    earlier.update(merged_into=into)
    make_known(taxonomy)
    record(by, "category merged", category, into=into.code, along_with=codes)
    ask_for_count()
    return category


@tried_again
@transaction.atomic
def part_category(category: Category, by: User) -> Category:
    """Take a merging back: the category is offered again, with all that was given it.

    What had been merged into it before stays with the other one. So do the marks that the other
    one got by the merging: nothing comes ticked or goes unwatched before somebody says so on its
    page.

    Raises:
        NotAllowed: the person is no administrator; nothing is stored.
        MergeRefused: it is not merged, or its parent is no longer offered; nothing is stored.
    """
    category, _, taxonomy = _locked(category, category, by)
    if problem := parting_problem_of(category):
        raise MergeRefused(problem)
    into = category.merged_into
    assert into is not None  # or there was a problem
    category.retired_at = category.merged_into = None
    category.save(update_fields=["retired_at", "merged_into"])
    make_known(taxonomy)
    record(by, "category parted", category, of=into.code)
    ask_for_count()
    return category


def _take_marks_along(category: Category, into: Category, by: User) -> None:
    marks = category.taxonomy.categories.filter(is_sensitive=True)
    paths = tuple(marks.values_list("path", flat=True))  # of those that are marked themselves
    # Its own mark goes along even below a mark of the other: that one may be taken off.
    is_left_to_people = category.path.startswith(paths) and not into.path.startswith(paths)
    if category.is_sensitive or is_left_to_people:
        mark_sensitive(by, into, is_sensitive=True)
    if category.is_watched:
        watch_category(by, into, is_watched=True)


def problem_of(category: Category, into: Category) -> str:
    """Why the one cannot be merged into the other, in words; empty when it can."""
    if category == into:
        return f"{category} cannot be merged into itself. Choose another category."
    if category.taxonomy_id != into.taxonomy_id or category.facet_id != into.facet_id:
        return f"{into} belongs to another facet. Choose a category of {category.facet}."
    for one in (category, into):
        if one.retired_at:
            return f"{one} is no longer offered. Choose a category that is."
    below = Category.objects.filter(broader=category, retired_at=None).count()
    if below:
        return (
            f"{category} has {below:,} below it that {'is' if below == 1 else 'are'} offered, and "
            "would leave them without a parent. Merge those first, or move them by a taxonomy file."
        )
    return ""


def parting_problem_of(category: Category) -> str:
    """Why a merging cannot be taken back, in words; empty when it can."""
    if category.merged_into_id is None:
        return f"{category} is not merged into another category, so nothing is taken back."
    if category.broader and category.broader.retired_at:
        return (
            f"{category.broader}, which {category} lies below, is no longer offered. Bring both "
            "back by a taxonomy file."
        )
    return ""


def _locked(category: Category, other: Category, by: User) -> tuple[Category, Category, Taxonomy]:
    if not by.is_administrator:
        raise NotAllowed("Only administrators merge categories.")
    # The taxonomy first, as an import does: two releases at once would have one number, and of
    # two mergings each into the other the second finds the first.
    taxonomy = Taxonomy.objects.select_for_update().get(pk=category.taxonomy_id)
    rows = Category.objects.select_related("facet", "broader", "merged_into").in_bulk(
        {category.pk, other.pk}
    )
    return rows[category.pk], rows[other.pk], taxonomy
