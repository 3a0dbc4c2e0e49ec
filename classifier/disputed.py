"""Where people agree least, so that second opinions come there first."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from annotation.models import Annotation, Decision, StoredReport

POSITIVE = (Decision.Verdict.ACCEPTED, Decision.Verdict.ADDED)
BATCH = 5_000


def least_agreed_first(grants: Sequence[int]) -> NDArray[np.int64]:
    """Places of these grants, those first of whose categories people agree on least.

    A grant counts by the lowest stored alpha among the categories that its first reader chose;
    grants of which nothing is known come last, and among equals the order stays.
    """
    alphas = _alphas()
    lowest: dict[int, float] = {}
    for start in range(0, len(grants) if alphas else 0, BATCH):
        chosen = Decision.objects.filter(
            annotation__in=Annotation.objects.current(),
            annotation__grant__in=grants[start : start + BATCH],
            verdict__in=POSITIVE,
        )
        for grant, category in chosen.values_list("annotation__grant", "category"):
            if category in alphas:
                lowest[grant] = min(lowest.get(grant, np.inf), alphas[category])
    keys = [lowest.get(grant, np.inf) for grant in grants]
    return np.argsort(np.array(keys, dtype=np.float64), kind="stable")


def _alphas() -> dict[int, float]:
    """Category -> how well people agree on it, where enough of them have decided it twice."""
    report = StoredReport.objects.newest(StoredReport.Question.AGREEMENT)
    rows = report.body["categories"] if report else []
    return {row["category"]: row["value"] for row in rows if "value" in row}
