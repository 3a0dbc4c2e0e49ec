"""Saying which categories no new model version may find worse than the one before."""

from django.db import transaction

from annotation.errors import NotAllowed
from annotation.models import Category, User
from annotation.services.audit import record


@transaction.atomic
def watch_category(by: User, category: Category, is_watched: bool) -> bool:
    """Watch a category, or stop; it counts from the next training on.

    Returns:
        Whether anything changed.

    Raises:
        NotAllowed: the person is no administrator; nothing is stored.
    """
    if not by.is_administrator:
        raise NotAllowed("Only administrators say which categories are watched.")
    # Of two at once the second finds it done.
    rows = Category.objects.filter(pk=category.pk).exclude(is_watched=is_watched)
    if not rows.update(is_watched=is_watched):
        return False
    record(by, "category watched" if is_watched else "category no longer watched", category)
    return True
