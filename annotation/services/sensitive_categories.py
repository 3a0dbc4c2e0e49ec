"""Marking a category whose grants always need a person: it never comes ticked."""

from django.db import transaction

from annotation.errors import NotAllowed
from annotation.models import Category, User
from annotation.services.audit import record


@transaction.atomic
def mark_sensitive(by: User, category: Category, *, is_sensitive: bool) -> bool:
    """Leave the category and all below it to people, or let them come ticked again.

    Holds for whatever is shown from now on; no grant need be read anew.

    Returns:
        Whether anything changed.

    Raises:
        NotAllowed: the person is no administrator; nothing is stored.
    """
    if not by.is_administrator:
        raise NotAllowed("Only administrators say which categories are sensitive.")
    others = Category.objects.filter(pk=category.pk).exclude(is_sensitive=is_sensitive)
    if not others.update(is_sensitive=is_sensitive):
        return False
    category.is_sensitive = is_sensitive
    record(by, "sensitive category", category, is_sensitive=is_sensitive)
    return True
