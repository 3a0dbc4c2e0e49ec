"""Flags and comments on grants."""

from django.db import IntegrityError, transaction

from annotation.models import Grant, Note, User


def set_flag(author: User, grant: Grant, is_raised: bool) -> None:
    """Ask for somebody's eyes on the grant, or no longer. Idempotent."""
    if not is_raised:
        Note.objects.filter(author=author, grant=grant, kind=Note.Kind.FLAG).delete()
        return
    try:
        with transaction.atomic():
            Note.objects.create(author=author, grant=grant, kind=Note.Kind.FLAG)
    except IntegrityError:  # it flies already
        return


def comment(author: User, grant: Grant, text: str) -> Note:
    return Note.objects.create(author=author, grant=grant, kind=Note.Kind.COMMENT, text=text)
