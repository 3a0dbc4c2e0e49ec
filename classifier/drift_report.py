"""What has drifted: words, predictions and overrides. It opens notices on what alarms."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
from django.utils import timezone
from scipy import sparse

from annotation.models import CoverageNight, Facet, Grant, ModelVersion, SiteSettings
from classifier.dataset import corpus_of
from classifier.drift_notices import tell_of_drift, tell_of_thin
from classifier.drift_overrides import overrides_by_week
from classifier.drift_samples import LEAST, Samples, samples
from classifier.ml.counting import count_matrix
from classifier.ml.drifting import Shift, chance_of_a_look, shift, unseen_share, usual_limit
from classifier.ml.words import tokens
from classifier.predicted_mix import NOTHING, branches_of, predicted
from classifier.thin_suggestions import thin_before, thin_suggested

Tell = Callable[[float, str], None]
ASKED_AT_ONCE = 500


@dataclass(frozen=True)
class Looks:
    """How often months are looked at: each measure, and each night while a month goes on."""

    goes_on: date  # first day of the month that is not over
    n_measures: int

    def chance_of(self, month: date) -> float:
        """How often chance may carry a month over its limit at one look."""
        return chance_of_a_look(self.n_measures, goes_on=month >= self.goes_on)


@dataclass(frozen=True)
class Judged:
    """The months of one measure, and whether the newest is out of what is usual."""

    months: list[dict[str, Any]]
    usual: float | None  # what the months before make likely; None: too few
    is_alarm: bool


def drift_report(tell: Tell) -> dict[str, Any]:
    """The figures as the page has them, fit for JSON. Opens and closes the notices on drift."""
    drifted = drift_at(timezone.now(), tell)
    tell_of_drift(drifted["words"]["is_alarm"], drifted["mixes"], drifted["overrides"])
    return {**drifted, **_thin()}


def _thin() -> dict[str, Any]:
    """Which thin categories come ticked, and newly so.

    While a count is asked for, the figures are of before categories moved: nothing is said of any,
    and the next report is held against the one before this.
    """
    waits = CoverageNight.objects.asked().exists()
    before = thin_before() if waits else None
    thin = thin_suggested() if before is None else before
    newly_thin = [] if waits else tell_of_thin(thin)
    return {"thin_suggested": thin, "newly_thin": newly_thin, "thin_waits": waits}


def drift_at(now: datetime, tell: Tell) -> dict[str, Any]:
    """Words, predictions and overrides as they stood at a moment; it writes nothing."""
    site, active = SiteSettings.objects.current(), ModelVersion.objects.active()
    tell(0.05, "Drawing grants of each month")
    drawn = samples(active, site.zone, now)
    facets = list(Facet.objects.current())
    looks = Looks(now.astimezone(site.zone).date().replace(day=1), n_measures=len(facets) + 1)
    tell(0.1, "Counting words")
    words = _words(drawn, looks)
    tell(0.5, "Counting what is predicted")
    mixes = _mixes(drawn, facets, looks)
    tell(0.9, "Counting overrides week by week")
    overrides = overrides_by_week(site.zone, now)
    return {
        "made_with": active.pk if active else None,
        "reference": "learned" if drawn.reference else "other months",
        "n_reference": len(drawn.reference),
        "words": asdict(words),
        "mixes": mixes,
        "overrides": overrides,
    }


def _words(drawn: Samples, looks: Looks) -> Judged:
    keys = _keys(drawn)
    columns: dict[str, int] = {}
    read: list[list[str]] = []
    for part in _parts(keys):
        grants = Grant.objects.filter(pk__in=part).order_by("pk")
        for text in corpus_of(grants).texts:
            read.append(tokens(text))
            for word in read[-1]:
                columns.setdefault(word, len(columns))
    return judged(drawn, keys, count_matrix(read, columns), looks, with_unseen=True)


def _keys(drawn: Samples) -> list[int]:
    return sorted({*drawn.reference, *(pk for some in drawn.months.values() for pk in some)})


def _parts(keys: list[int]) -> Iterator[list[int]]:
    return (keys[n : n + ASKED_AT_ONCE] for n in range(0, len(keys), ASKED_AT_ONCE))


def _read(part: list[int]) -> list[int]:
    """Those that some version has read: the others have no prediction yet."""
    rows = Grant.objects.filter(pk__in=part, scored_by__isnull=False).order_by("pk")
    return list(rows.values_list("pk", flat=True))


def _mixes(drawn: Samples, facets: list[Facet], looks: Looks) -> list[dict[str, Any]]:
    """Each facet's mix of branches among what is ticked; a grant without a tick is one, too."""
    keys = [pk for part in _parts(_keys(drawn)) for pk in _read(part)]
    found = []
    for facet in facets:
        branches = branches_of(facet)
        counts = predicted(facet, branches, keys)
        result = judged(drawn, keys, counts, looks, with_unseen=False)
        named = [branch.label for branch in branches] + [NOTHING]
        found.append(
            asdict(result)
            | {"facet": facet.code, "label": facet.label}
            | {"branches": _branches(drawn, keys, counts, named)}
        )
    return found


def _branches(
    drawn: Samples, keys: list[int], counts: sparse.csr_array, names: list[str]
) -> list[dict[str, Any]]:
    """How many grants of the newest judged month, and of what it is held against, have each."""
    sizes = {month: int(np.isin(keys, own).sum()) for month, own in drawn.months.items()}
    month = next((month for month in reversed(sizes) if sizes[month] >= LEAST), None)
    if month is None:
        return []
    now, before = (
        counts[np.isin(keys, own)] for own in (drawn.months[month], drawn.others_than(month))
    )
    has = [np.asarray((part > 0).sum(axis=0)).ravel() for part in (before, now)]
    return [
        {"label": name, "before": int(has[0][i]), "n_before": before.shape[0],
         "now": int(has[1][i]), "n_now": now.shape[0]}
        for i, name in enumerate(names)
        if has[0][i] or has[1][i]
    ]  # fmt: skip


def judged(
    drawn: Samples,
    keys: list[int],
    counts: sparse.csr_array,
    looks: Looks,
    *,
    with_unseen: bool,
) -> Judged:
    """Each month held against the reference.

    An alarm is a newest judged month that lies above what chance gives it and above what is
    usual by at least five months before it: neither alone says much where programmes come and go.

    Args:
        counts: a row for each of ``keys``, a column for each word or branch.
    """
    rows, shifts = [], []
    for month, own in drawn.months.items():
        is_new = np.isin(keys, own)
        taken = is_new | np.isin(keys, drawn.others_than(month))
        part = counts[taken]
        n_new = int(is_new.sum())
        can_be_judged = n_new >= LEAST and taken.sum() - n_new >= LEAST
        chance = looks.chance_of(month)
        moved = shift(part, is_new[taken], chance=chance) if can_be_judged else None
        unseen = unseen_share(part, is_new[taken]) if moved and with_unseen else None
        if moved:
            shifts.append(moved)
        rows.append(_month(month, n_new, moved) | {"unseen": unseen and unseen.as_json()})
    usual = usual_limit([moved.divergence for moved in shifts[:-1]])
    is_alarm = usual is not None and shifts[-1].divergence > max(usual, shifts[-1].limit)
    return Judged(rows, usual, bool(is_alarm))


def _month(month: date, n: int, moved: Shift | None) -> dict[str, Any]:
    return {
        "month": month.isoformat(),
        "n": n,
        "divergence": moved.divergence if moved else None,
        "limit": moved.limit if moved else None,
    }
