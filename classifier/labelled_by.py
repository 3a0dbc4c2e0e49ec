"""Who made the labels that a version learned from, and when: counts alone, no names."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

from django.db import models

from annotation.models import Adjudication, Annotation, Label, SiteSettings, SprintDecision
from classifier.labelled import Labelled

AT_ONCE = 5_000  # keys in a query; SQLite takes some thirty thousand
MOST_MONTHS = 24  # a longer time is told by years


@dataclass
class _Found:
    people: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    of_roles: Counter[str] = field(default_factory=Counter)
    n_blind: int = 0
    times: list[datetime] = field(default_factory=list)


def annotators(keys: Sequence[int]) -> dict[str, Any]:
    """Of these annotations: how many by whom, and when the first and the last were made.

    A role is the one that a person has today. ``n_blind``: made with no suggestion in sight.
    """
    found = _Found()
    for role, person, is_blind, at in _rows(
        Annotation, keys, "annotator__role", "annotator_id", "is_blind", "submitted_at"
    ):
        found.people[role].add(person)
        found.of_roles[role] += 1
        found.n_blind += is_blind
        found.times.append(at)
    first, last = min(found.times, default=None), max(found.times, default=None)
    return {
        "n_annotators": sum(map(len, found.people.values())),
        "first_at": first.isoformat() if first else "",
        "last_at": last.isoformat() if last else "",
        "roles": [
            {"role": role, "n_people": len(people), "n_annotations": found.of_roles[role]}
            for role, people in sorted(found.people.items())
        ],
        "n_blind": found.n_blind,
    }


def sources(training: Labelled) -> list[dict[str, Any]]:
    """Where the labels come from and how many of each, those of files by who stands behind them."""
    of_files = Counter(source for (source,) in _rows(Label, training.label_ids, "source"))
    counts = {
        "annotation": len(training.annotation_ids),
        "sprint": len(training.sprint_decision_ids),
        "adjudication": len(training.adjudication_ids),
        "imported": of_files[Label.Source.IMPORTED],
    }
    return [{"source": source, "n": n} for source, n in counts.items()]


def periods(training: Labelled) -> list[dict[str, Any]]:
    """When the labels were given, by month, or by year once that makes a long list.

    Those of a file count when the file was imported.
    """
    zone = SiteSettings.objects.current().zone
    labels = Label.objects.filter(source=Label.Source.IMPORTED)
    found = {
        "people": Counter(
            _month(at, zone)
            for model, keys, column in (
                (Annotation, training.annotation_ids, "submitted_at"),
                (SprintDecision, training.sprint_decision_ids, "decided_at"),
                (Adjudication, training.adjudication_ids, "adjudicated_at"),
            )
            for (at,) in _rows(model, keys, column)
        ),
        "files": Counter(
            _month(at, zone)
            for (at,) in _rows(Label, training.label_ids, "created_at", among=labels)
        ),
    }
    if len(set().union(*found.values())) > MOST_MONTHS:
        found = {name: _by_year(counts) for name, counts in found.items()}
    return [
        {"period": period, "n_of_people": found["people"][period],
         "n_of_files": found["files"][period]}
        for period in sorted(set().union(*found.values()))
    ]  # fmt: skip


def _month(at: datetime, zone: tzinfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m")


def _by_year(counts: Counter[str]) -> Counter[str]:
    years: Counter[str] = Counter()
    for month, n in counts.items():
        years[month[:4]] += n
    return years


def _rows(
    model: type[models.Model],
    keys: Sequence[int],
    *columns: str,
    among: "models.QuerySet[Any] | None" = None,
) -> Iterator[tuple[Any, ...]]:
    rows = model._default_manager.all() if among is None else among
    for part in parts_of(keys):
        yield from rows.filter(pk__in=part).order_by().values_list(*columns)


def parts_of(keys: Sequence[int]) -> Iterable[Sequence[int]]:
    """So many keys as one query takes."""
    return (keys[start : start + AT_ONCE] for start in range(0, len(keys), AT_ONCE))
