"""What further labels would bring a version: how settled it is, and how far the next goal is."""

import logging
import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from django.db.models import Max, Min
from numpy.typing import NDArray

from annotation.models import Grant, ModelVersion, Outlook
from annotation.reports.pace import seconds_an_annotation
from classifier import registry
from classifier.dataset import Categories, corpus_of
from classifier.labelled import Labelled
from classifier.measuring import Candidate, Measured
from classifier.ml.artifacts import CorruptArtifact
from classifier.ml.figures import Figure
from classifier.ml.forecast import LEAST_POINTS, CurveForecast
from classifier.ml.stability import IN_A_ROW, is_stable, stability
from classifier.ticking import Model
from classifier.vectors import reads_meaning, with_vectors

logger = logging.getLogger(__name__)
# Audit grants: drawn by lot, and no version ever learns from them. Both versions of a kappa read
# the same ones; what is imported or deleted until the next kappa changes a few of the five hundred.
COMPARED, LEAST_COMPARED = 500, 50
LOOKED_BACK = 30  # numbers of labels, of each the first and the last version: 60 at most
LEAST_MEASURED = 10  # grants of a category under which its F1 tells nothing
STEPS_OF_A_GOAL = 20  # between 0 and 1
Measure = Outlook.Measure
Key = tuple[str, int | None]  # measure, category


def outlooks_of(
    version: ModelVersion,
    candidate: Candidate,
    incumbent: ModelVersion | None,
    training: Labelled,
    measured: Measured,
    categories: Categories,
) -> list[Outlook]:
    """Rows to be stored with the version, for the whole and for each category.

    The curve goes through what the versions of its kind of model before it reached on grants of
    the same kind; one with as many labels as a later one is left out.

    Args:
        incumbent: the active version, beside which it is held if it is of the same kind of model:
            what sets two kinds apart tells nothing of further labels.
    """
    past = _past(version)
    kappas = _kappas(candidate, incumbent if _is_alike(version, incumbent) else None, categories)
    pace = seconds_an_annotation()
    rows = []
    for fact in _facts(training, measured, categories):
        kappa = kappas.get(fact.category)
        if fact.key == (Measure.MACRO_F1, None):
            each = [value for category, value in kappas.items() if category is not None]
            kappa = float(np.mean(each)) if each else None
        row = Outlook(
            model_version=version,
            category_id=fact.category,
            measure=fact.measure,
            kind=measured.kind,
            n_labels=fact.n_labels,
            n_measured=fact.n_measured,
            kappa=kappa,
            is_stable=_is_stable(past[fact.key], fact.n_labels, kappa),
            seconds_each=None if fact.category else pace,
        )
        if fact.figure is not None:
            row.score, row.low, row.high = fact.figure.value, fact.figure.low, fact.figure.high
            _foretell(row, [p for p in past[fact.key] if p.kind == measured.kind], fact.name)
        if row.score is not None or row.kappa is not None:
            rows.append(row)
    return rows


@dataclass(frozen=True)
class _Fact:
    measure: str
    category: int | None
    name: str
    n_labels: int
    n_measured: int
    figure: Figure | None

    @property
    def key(self) -> Key:
        return self.measure, self.category


def _facts(training: Labelled, measured: Measured, categories: Categories) -> Iterator[_Fact]:
    found = measured.evaluation
    if found is None:  # nothing is labelled
        return
    whole = {
        Measure.MICRO_F1: ("micro-F1", found.micro_f1),
        Measure.MACRO_F1: ("macro-F1", found.macro_f1),
    }
    for measure, (name, figure) in whole.items():
        yield _Fact(measure, None, name, len(training), found.n_grants, figure)
    examples = training.y.sum(axis=0)
    for column, figures in enumerate(found.categories):
        is_enough = figures.support >= LEAST_MEASURED
        yield _Fact(
            Measure.F1,
            categories.ids[column],
            "F1",
            int(examples[column]),
            figures.support,
            figures.f1 if is_enough else None,
        )


class _Past(NamedTuple):
    """What an earlier version reached."""

    kind: str
    n_labels: int
    score: float | None
    kappa: float | None


def _past(version: ModelVersion) -> dict[Key, list[_Past]]:
    """What gated versions of its kind of model before it reached, the oldest first. Two queries.

    Nights go on while nobody annotates, so it looks back over numbers of labels, not over nights.
    """
    before = ModelVersion.objects.gated().filter(
        taxonomy=version.taxonomy_id,
        backend=version.backend,
        pk__lt=version.pk,
        n_training_grants__gt=0,
    )
    ends = before.order_by().values("n_training_grants").annotate(first=Min("pk"), last=Max("pk"))
    pairs = ends.order_by("-last").values_list("first", "last")[:LOOKED_BACK]
    newest = {pk for pair in pairs for pk in pair}
    found = defaultdict(list)
    rows = Outlook.objects.filter(model_version__in=newest).order_by("model_version_id", "pk")
    for measure, category, *reached in rows.values_list(
        "measure", "category_id", *_Past._fields
    ).iterator():
        found[measure, category].append(_Past(*reached))
    return found


def _is_alike(version: ModelVersion, incumbent: ModelVersion | None) -> bool:
    """Both learned here, in the same way."""
    if incumbent is None or incumbent.is_foreign:
        return False
    return incumbent.backend == version.backend


def _kappas(
    candidate: Candidate, incumbent: ModelVersion | None, categories: Categories
) -> dict[int | None, float]:
    """Agreement with the active version: of each category by key, and under None of all pairs.

    Empty where there is nothing to hold it beside: no trained version, one that cannot be read,
    or fewer than fifty audit grants.
    """
    grants = list(Grant.objects.audit().order_by("content_sha256", "pk")[:COMPARED])
    if incumbent is None or incumbent.is_lexical or len(grants) < LEAST_COMPARED:
        return {}
    try:
        other = registry.load(incumbent)
    except CorruptArtifact as error:
        logger.error("%s cannot be compared: %s", incumbent, error)
        return {}
    columns = {category.code: column for column, category in enumerate(other.categories)}
    both = [category.code in columns for category in candidate.categories]
    before = _ticked(other, grants)[:, [columns[c.code] for c in candidate.categories
                                        if c.code in columns]]  # fmt: skip
    found = stability(before, _ticked(candidate, grants)[:, both])
    keys = [pk for pk, is_in_both in zip(categories.ids, both, strict=True) if is_in_both]
    by_category = zip(keys, found.by_category.tolist(), strict=True)
    return {None: found.overall} | {pk: kappa for pk, kappa in by_category if not math.isnan(kappa)}


def _ticked(model: Model, grants: list[Grant]) -> NDArray[np.bool_]:
    corpus = corpus_of(grants)
    if reads_meaning(model):
        corpus = with_vectors([grant.pk for grant in grants], corpus)
    return model.decide(model.predict_proba(corpus))


def _is_stable(before: Sequence[_Past], n_labels: int, kappa: float | None) -> bool | None:
    """By the last three that learned further labels; one that could not be compared breaks the row.

    From the same labels the same version comes again. That it agrees tells nothing of further ones.
    """
    if kappa is None:
        return None
    counts = [0, *(past.n_labels for past in before), n_labels]
    kappas = [*(past.kappa for past in before), kappa]
    rises = zip(kappas, pairwise(counts), strict=True)
    last = [value for value, (fewer, more) in rises if more > fewer][-IN_A_ROW:]
    known = [value for value in last if value is not None]
    return is_stable(known) if len(known) == len(last) else None


def _foretell(row: Outlook, past: Sequence[_Past], name: str) -> None:
    """Slope and forecast, where the curve has points enough."""
    points = {p.n_labels: p.score for p in past if p.n_labels and p.score is not None}
    points = {n: score for n, score in points.items() if n < row.n_labels}
    if row.score is None or len(points) + 1 < LEAST_POINTS:
        return
    labels = [*sorted(points), row.n_labels]
    curve = CurveForecast(labels, [*(points[n] for n in labels[:-1]), row.score])
    slope = curve.slope()
    row.slope, row.slope_low, row.slope_high = slope.value, slope.low, slope.high
    goal = (math.floor(row.score * STEPS_OF_A_GOAL + 1e-9) + 1) / STEPS_OF_A_GOAL
    if goal > 1:
        return
    until = curve.until(goal)
    row.goal, row.more, row.more_low, row.more_high = goal, until.more, until.low, until.high
    unit = "annotations" if row.category_id is None else "examples"
    row.forecast = until.in_words(name, row.seconds_each, unit)
