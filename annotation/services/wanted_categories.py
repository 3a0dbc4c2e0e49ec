"""Saying how many examples a category is to have, and asking for grants likely to be of it."""

from django.db import transaction

from annotation.errors import NotAllowed, WishRefused
from annotation.models import Category, User
from annotation.models.taxonomy import MOST_WANTED
from annotation.services.audit import record
from annotation.services.queue_order import order_the_queue_anew


@transaction.atomic
def want_examples(by: User, category: Category, target: int | None, *, is_asked_for: bool) -> bool:
    """Set a category's target and whether it is asked for; the queue is ordered anew.

    Who asks first is named as long as it is asked for.

    Args:
        target: examples wanted; None: no number.

    Returns:
        Whether anything changed.

    Raises:
        NotAllowed: the person is no administrator; nothing is stored.
        WishRefused: the category is retired, or the target out of range; nothing is stored.
    """
    if not by.is_administrator:
        raise NotAllowed("Only administrators say which categories come first.")
    if target is not None and not 1 <= target <= MOST_WANTED:
        raise WishRefused(f"A target is 1 to {MOST_WANTED:,} examples, not {target}.")
    rows = Category.objects.select_for_update(no_key=True, of=("self",))
    category = rows.select_related("asked_for_by").get(pk=category.pk)
    if category.retired_at:
        raise WishRefused(f"{category} is retired. Ask for a category that is offered.")
    asked_for_by = (category.asked_for_by or by) if is_asked_for else None
    before = _as_words(category)
    category.target, category.asked_for_by = target, asked_for_by
    after = _as_words(category)
    if before == after:
        return False
    category.save(update_fields=["target", "asked_for_by"])
    record(by, "examples wanted", category, before=before, after=after)
    order_the_queue_anew()
    return True


def _as_words(category: Category) -> dict[str, object]:
    asked_for_by = category.asked_for_by
    return {
        "target": category.target,
        "asked_for_by": asked_for_by.username if asked_for_by else None,
    }
