"""Which backends the pages may have measured, in their words."""

from annotation.reports.ways_to_train import WayToTrain
from classifier.backends.options import OPTIONS

ELSEWHERE = "sagemaker_"
NOT_HERE = (
    "It trains in SageMaker and not here. Train a version with it, and compare the two versions."
)


def offered_ways() -> list[WayToTrain]:
    """Every option by name; no library is imported for it."""
    return [
        WayToTrain(
            option.name,
            option.words,
            NOT_HERE if option.name.startswith(ELSEWHERE) else option.wants(),
        )
        for option in OPTIONS.values()
    ]
