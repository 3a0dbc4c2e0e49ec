"""Errors the annotation rules raise; each message says what happened and what to do."""


class AnnotationError(Exception):
    """Base of every rule broken by a caller of ``annotation.services``."""


class InvalidAnswer(AnnotationError):
    """An answer contradicts itself, the taxonomy or what was shown."""


class ClaimLost(AnnotationError):
    """The claim is unknown, was given back, or somebody else holds the grant now."""


class TooManyClaims(AnnotationError):
    """The annotator holds as many grants as one person may."""


class KeyReused(AnnotationError):
    """An idempotency key came again with another answer."""


class NothingToUndo(AnnotationError):
    """The annotator has no annotation that can still be taken back."""


class RevisionRefused(AnnotationError):
    """A blind annotation cannot be revised: it was not revealed, or no longer stands."""


class KeysRefused(AnnotationError):
    """Keys that somebody wants on the annotating screen cannot be told apart."""


class NoSuchTraining(AnnotationError):
    """A model version is not in the state that the step needs."""


class ImportRefused(AnnotationError):
    """A file cannot be imported as a whole; nothing was written."""


class ExportRefused(AnnotationError):
    """There is no such export, or nothing to put into it; nothing was written."""


class SignInRefused(AnnotationError):
    """Name and password do not open an account now."""


class NotAllowed(AnnotationError):
    """The deed belongs to administrators."""


class PersonRefused(AnnotationError):
    """A deed on somebody's account that would lock people out or makes no sense."""


class LinkGone(AnnotationError):
    """A one-time link is unknown, used, replaced or too old."""


class DemonstrationGone(AnnotationError):
    """There is no demonstration to remove."""


class ImportStopped(AnnotationError):
    """Somebody stopped the import, or another worker has it."""
