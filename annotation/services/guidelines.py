"""Writing the guidelines: each edit is a new version, and none is ever lost."""

from django.db import IntegrityError, transaction

from annotation.errors import GuidelinesRefused, NotAllowed
from annotation.models import GuidelinesVersion, User
from annotation.services.audit import record


def write_guidelines(by: User, text: str, *, based_on: int, note: str = "") -> GuidelinesVersion:
    """Make ``text`` the guidelines of today.

    Args:
        based_on: number of the version that the writer had before them; 0 for none.

    Raises:
        NotAllowed: the writer is no administrator; nothing is stored.
        GuidelinesRefused: nothing has changed, or somebody else has written in the meantime;
            nothing is stored.
    """
    if not by.is_administrator:
        raise NotAllowed("Only administrators may write the guidelines.")
    last = GuidelinesVersion.objects.first()
    number = last.number if last else 0
    if number != based_on:
        assert last
        raise GuidelinesRefused(_overtaken(last))
    if last and last.text == text:
        raise GuidelinesRefused(f"Nothing has changed: this is version {number}.")
    try:
        with transaction.atomic():
            # The unique number decides between two who save in the same moment.
            version = GuidelinesVersion.objects.create(
                number=number + 1, text=text, note=note, written_by=by
            )
            record(by, "guidelines written", version)
    except IntegrityError as error:
        raise GuidelinesRefused(_overtaken(GuidelinesVersion.objects.all()[0])) from error
    return version


def _overtaken(last: GuidelinesVersion) -> str:
    return (
        f"{last.written_by} saved version {last.number} while you were writing. Your text is kept "
        "below: compare it with theirs, then save again."
    )
