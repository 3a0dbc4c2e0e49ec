"""How long an annotation takes people here, by their active time."""

from statistics import fmean

from annotation.models import Annotation

NEWEST = 500
FEW = 20  # fewer tell of a few grants, not of people


def seconds_an_annotation() -> float | None:
    """Mean active seconds of the newest five hundred; None while there are few. One query.

    The mean, since it is the sum of many that is asked for.
    """
    timed = Annotation.objects.filter(seconds__gt=0, is_withdrawal=False).order_by("-pk")
    seconds = list(timed.values_list("seconds", flat=True)[:NEWEST])
    return fmean(seconds) if len(seconds) >= FEW else None
