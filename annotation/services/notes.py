"""Flags and comments on grants."""

from django.db import IntegrityError, transaction

from annotation.models import Grant, Note, User
from annotation.services.queue import wait_turn


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


@transaction.atomic
def comment(author: User, grant: Grant, text: str) -> Note:
    """Store a comment; the same words again, since their reply was lost, are the same comment."""
    wait_turn(author)
    said = {"author": author, "grant": grant, "kind": Note.Kind.COMMENT, "text": text}
    return Note.objects.filter(**said).first() or Note.objects.create(**said)
