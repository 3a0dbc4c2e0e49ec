"""Writing the audit log."""

from annotation.models import AuditEvent, User


def record(actor: User | None, action: str, subject: object = "", **details: object) -> None:
    """Note a deed in the caller's transaction. Details are ids, counts and words of the site."""
    AuditEvent.objects.create(
        actor=actor, action=action, subject=str(subject)[:200], details=details
    )
