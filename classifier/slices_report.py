"""Coverage and quality by slice: what the page of slices shows."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from annotation.models import Decision, GrantRollup, ModelVersion, SiteSettings
from classifier import registry
from classifier.known_ground import KnownGround, known_ground
from classifier.ml.figures import Figure
from classifier.ml.overriding import Ticked, chances_of_more, overridden
from classifier.ml.slicing import LEVEL, Slice, Sliced, holm, sliced
from classifier.out_of_fold import lessons
from classifier.slice_cuts import Cut, cuts, facts_of_all

WHOLE = ""


@dataclass
class Counted:
    """What is counted of each (way of cutting, slice); of the whole under ``("", "")``."""

    grants: Counter[tuple[str, str]]
    labelled: Counter[tuple[str, str]]
    ticked: dict[tuple[str, str], Ticked]
    of_measured: dict[str, dict[int, str]]  # way of cutting -> grant -> slice


def slices_report(tell: Callable[[float, str], None]) -> dict[str, Any]:
    """The figures as the page has them, fit for JSON."""
    tell(0.05, "Finding places, programmes, recipients and years")
    ways = cuts()
    version, ground = _ground(tell)
    tell(0.6, "Counting grants, labels and overrides in each slice")
    counted = _counted(ways, set(ground.labelled.grant_ids) if ground else set())
    tell(0.7, "Measuring each slice beside the whole")
    chances = _chances_of_more(ways, counted)
    raw = list(chances.values())
    measured = _measured(ways, ground, counted, raw) if ground else None
    adjusted = measured.others if measured else holm(raw)
    more = {at for at, chance in zip(chances, adjusted, strict=True) if chance < LEVEL}
    parts = iter(measured.cuts) if measured else iter(())
    return {
        "made_with": version.pk if version else None,
        "measured_on": ground.words if ground else "",
        "whole": _row(WHOLE, WHOLE, measured.whole if measured else None, counted),
        "n_comparisons": measured.n_comparisons if measured else len(chances),
        "cuts": [
            {
                "key": way.key,
                "title": way.title,
                "said": way.said,
                "slices": [
                    _row(way.key, name, part, counted, is_more=(way.key, name) in more)
                    for name, part in zip(
                        way.names, next(parts, [None] * len(way.names)), strict=True
                    )
                    if counted.grants[way.key, name]
                ],
            }
            for way in ways
        ],
    }


def _ground(
    tell: Callable[[float, str], None],
) -> tuple[ModelVersion | None, KnownGround | None]:
    """What serves now and what it was measured on; None where there is no answer at all."""
    serving = registry.load_active()
    if serving is None:
        return None, None
    version, model = serving
    site = SiteSettings.objects.current()
    known = lessons(version.taxonomy, site, version.seed, version.backend)
    found = known_ground(version, model, known, lambda words: tell(0.2, words))
    return version, found if len(found.labelled) else None


def _counted(ways: list[Cut], measured: set[int]) -> Counted:
    """One pass over all grants; of each it is kept only in which slices the measured ones are."""
    labelled = set(GrantRollup.objects.filter(is_labelled=True).values_list("pk", flat=True))
    overrides = overrides_of_grants()
    found = Counted(Counter(), Counter(), defaultdict(Counter), defaultdict(dict))
    for facts in facts_of_all():
        own = [(way.key, way.slice_of(facts)) for way in ways]
        ticks = overrides.get(facts.pk)
        for at in (*own, (WHOLE, WHOLE)):
            found.grants[at] += 1
            found.labelled[at] += facts.pk in labelled
            if ticks:
                found.ticked[at][ticks] += 1
        if facts.pk in measured:
            for key, name in own:
                found.of_measured[key][facts.pk] = name
    return found


def overrides_of_grants() -> dict[int, tuple[int, int]]:
    """For each grant, how many suggestions came ticked, and how many people did not leave so.

    In annotations that stand, made with the suggestions in sight.
    """
    rows = Decision.objects.ticked_in_sight()
    kept = Count("pk", filter=Q(verdict=Decision.Verdict.ACCEPTED))
    grants = rows.order_by().values_list("annotation__grant_id")
    by_grant = grants.annotate(n=Count("pk"), kept=kept).iterator()
    return {grant: (n, n - accepted) for grant, n, accepted in by_grant}


def _chances_of_more(ways: list[Cut], counted: Counted) -> dict[tuple[str, str], float]:
    """Of each slice that can be compared, the chance that its ticks are taken away as often."""
    slices = [(way.key, name) for way in ways for name in way.names]
    parts = [counted.ticked.get(at, Counter()) for at in slices]
    chances = chances_of_more(parts, counted.ticked[WHOLE, WHOLE])
    return {at: chance for at, chance in zip(slices, chances, strict=True) if chance is not None}


def _measured(
    ways: list[Cut], ground: KnownGround, counted: Counted, others: Sequence[float]
) -> Sliced:
    keys = ground.labelled.grant_ids
    return sliced(
        ground.labelled.y,
        ground.labelled.known,
        ground.said.proba,
        ground.said.decided,
        [(way.names, [counted.of_measured[way.key].get(pk, "") for pk in keys]) for way in ways],
        others=others,
    )


def _row(
    key: str, name: str, part: Slice | None, counted: Counted, *, is_more: bool = False
) -> dict[str, Any]:
    at = (key, name)
    ticked = counted.ticked.get(at, Counter())
    return {
        "name": name,
        "n_grants": counted.grants[at],
        "n_labelled": counted.labelled[at],
        "support": part.support if part else 0,
        "n_answered": part.n_answered if part else 0,
        "micro_f1": _json(part.micro_f1 if part else None),
        "recall_at_10": _json(part.recall_at_10 if part else None),
        "ticked": sum(ticks * n for (ticks, _), n in ticked.items()),
        "overridden": _json(overridden(ticked)),
        "worse": [*(part.worse if part else []), *(["overridden"] if is_more else [])],
    }


def _json(figure: Figure | None) -> dict[str, float] | None:
    return figure.as_json() if figure else None
