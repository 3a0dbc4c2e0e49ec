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


class NoSuchAnnotation(AnnotationError):
    """Nothing of the annotator's stands at that number, whether it is another's or nobody's."""


class AnnotationChanged(AnnotationError):
    """What stands is not what the annotator had read when they changed it."""


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


class SettingsChanged(AnnotationError):
    """Somebody else has saved the settings since they were read."""


class SettingsRefused(AnnotationError):
    """A value that a setting cannot have."""


class ImportStopped(AnnotationError):
    """Somebody stopped the import, or another worker has it."""


class GuidelinesRefused(AnnotationError):
    """The guidelines were written by somebody else meanwhile, or have not changed."""


class AdjudicationRefused(AnnotationError):
    """A grant has nothing to adjudicate, or its annotations have changed meanwhile."""


class SprintRefused(AnnotationError):
    """A sprint cannot be started, filled or decided in as asked."""


class ChecksRefused(AnnotationError):
    """Labels cannot be sent to be checked in this way."""


class WishRefused(AnnotationError):
    """Examples of a category cannot be asked for in this way."""


class MergeRefused(AnnotationError):
    """Two categories cannot be merged, or a merging cannot be taken back."""


class RuleRefused(AnnotationError):
    """A keyword rule cannot be used; ``faults`` says why by field, and nothing is stored."""

    def __init__(self, faults: dict[str, str]):
        super().__init__(" ".join(faults.values()))
        self.faults = faults


class RuleChanged(AnnotationError):
    """Somebody else has saved another rule since this one was opened."""


class ComparisonRefused(AnnotationError):
    """A comparison of backends is not in the state that the step needs."""


class SimulationRefused(AnnotationError):
    """A simulation cannot be started, stopped or deleted as asked, or its worker must stop."""


class ReportLost(AnnotationError):
    """A stored report is over, or another worker has it: whoever works on it must stop."""


class CountLost(AnnotationError):
    """Another worker has taken over a count of coverage: whoever works on it must stop."""
