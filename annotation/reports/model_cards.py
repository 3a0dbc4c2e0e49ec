"""The model card of a version: what it learned from, what it reaches, and where it falls short.

Everything in it follows from stored facts (Mitchell et al. 2019, "Model cards for model
reporting", tell what belongs on one); nothing is written by hand but the licence of the data, which
is the one that the settings name today.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from itertools import chain
from typing import Any

from annotation.models import ModelVersion, SiteSettings, StoredReport
from annotation.models.quality import Flag
from annotation.reports.data_cards import DataCard, data_card_of
from annotation.reports.version_story import Learned, learned_of
from annotation.reports.versions import Metric, version_row

NOT_STATED = "Not stated: an administrator can name it on the settings page."
USE = (
    "It suggests categories of grants to people, who decide. No suggestion becomes a label "
    "without a person’s submit, and no decision about money should rest on one."
)
# By what they are called, and by how many of what they rest on.
LEVEL_FIGURES = {
    "micro_f1": ("Micro-F1", "n_labels", "labels"),
    "precision": ("Precision", "n_ticked", "ticks"),
    "recall": ("Recall", "n_labels", "labels"),
}
LEARNS_LITTLE = ("0", "1-4", "5-9")  # bands of examples under which a category is thin
Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Level:
    """Figures of the categories of one level of the taxonomy, 1 the top one."""

    level: str
    n_categories: int
    n_labels: int
    figures: list[Metric]


@dataclass(frozen=True)
class Confusion:
    """``n`` of the ``support`` grants of a category were taken for its sibling, a share of them."""

    code: str
    label: str
    instead_code: str
    instead_label: str
    n: int
    support: int
    share: Metric


@dataclass(frozen=True)
class Band:
    """How many categories had so many examples."""

    examples: str
    n_categories: int

    @property
    def words(self) -> str:
        return self.examples.replace("-", "–")


@dataclass(frozen=True)
class Card:
    """A version's card; what an earlier release of the site did not keep is empty or None."""

    name: str
    kind: str
    backend: str  # empty: the word matcher
    status: str
    use: str
    trained_at: datetime | None
    reason: str
    learned: Learned | None
    n_annotators: int | None
    first_at: datetime | None
    last_at: datetime | None
    n_labels: int | None
    n_categories: int | None
    bands: list[Band]
    measured_on: str
    metrics: list[Metric]
    levels: list[Level]
    confusions: list[Confusion] | None  # None: not kept
    has_slices: bool
    data: DataCard | None  # None: not kept
    limits: list[str]
    licence: str
    seed: int
    artifact_sha256: str
    library_versions: dict[str, str]


def card_of(version: ModelVersion) -> Card:
    """Three queries at most, however much it learned from."""
    row, facts = version_row(version, None), version.metrics.get("card", {})
    labels = facts.get("labels", {})
    learned = learned_of(version)
    return Card(
        name=str(version),
        kind=_kind(version),
        backend="" if version.is_lexical else version.backend,
        status=row.status_word,
        use=USE,
        trained_at=version.finished_at,
        reason=version.reason,
        learned=learned,
        n_annotators=facts.get("n_annotators"),
        first_at=_moment(facts.get("first_at")),
        last_at=_moment(facts.get("last_at")),
        n_labels=labels.get("n_labels"),
        n_categories=labels.get("n_categories"),
        bands=[Band(*band) for band in labels.get("by_examples", {}).items()],
        measured_on=row.measured_on,
        metrics=row.metrics,
        levels=[_level(*level) for level in facts.get("levels", {}).items()],
        confusions=_confusions(facts),
        has_slices=_has_slices(version),
        data=data_card_of(facts["data"], version.n_training_grants) if "data" in facts else None,
        limits=_limits(version, facts, learned),
        licence=SiteSettings.objects.current().data_licence or NOT_STATED,
        seed=version.seed,
        artifact_sha256=version.artifact_sha256,
        library_versions=version.library_versions,
    )


def _kind(version: ModelVersion) -> str:
    if version.is_lexical:
        return "word matcher"
    return "trained elsewhere" if version.is_foreign else "learned from labels"


def as_json(card: Card) -> dict[str, Any]:
    """The card as a file has it: times in ISO 8601, shares from 0 to 1, null where too few."""
    found = asdict(card)
    shown = [card.metrics, *(level.figures for level in card.levels)]
    told = [found["metrics"], *(level["figures"] for level in found["levels"])]
    for metric, as_told in zip(chain(*shown), chain(*told), strict=True):
        if metric.is_too_few:
            as_told |= {"value": None, "low": None, "high": None, "baseline": None}
    for name in ("trained_at", "first_at", "last_at"):
        found[name] = found[name].isoformat() if found[name] else None
    return found


def _level(level: str, found: Facts) -> Level:
    figures = [
        replace(_metric(name, found[key]), n=found.get(support), of=of)
        for key, (name, support, of) in LEVEL_FIGURES.items()
    ]
    return Level(level, found["n_categories"], found["n_labels"], figures)


def _confusions(facts: Facts) -> list[Confusion] | None:
    if "confusions" not in facts:
        return None
    return [
        Confusion(**found | {"share": _metric("Share", found["share"])})
        for found in facts["confusions"]
    ]


def _metric(name: str, found: Mapping[str, float]) -> Metric:
    return Metric(name, found["value"], found["low"], found["high"])


def _moment(said: str | None) -> datetime | None:
    return datetime.fromisoformat(said) if said else None


def _has_slices(version: ModelVersion) -> bool:
    slices = StoredReport.objects.filter(question="slices", status="done", version=version)
    return slices.exists()


def _limits(version: ModelVersion, facts: Facts, learned: Learned | None) -> list[str]:
    """What to know before relying on it, a sentence each; only what the facts say."""
    if version.is_lexical:
        return ["It knows words alone: what a text means but does not say, it does not find."]
    found = []
    if not version.says_why:
        found.append("This version names no words that spoke for a category.")
    if version.is_foreign:
        found.append("It was trained elsewhere: what it has learned from is not known here.")
    if n := version.n_calibrating:
        found.append(
            f"Its calibration and thresholds rest on the {n:,} audit grants that there were when "
            "it was registered. Wherever it is measured on one of them, by the gate, a comparison "
            "or a report, a calibration on the others of that day reads it, and where too few are "
            "left for one it counts in no figure; counts of the suggestions that it "
            "has stored for them are a little kinder to it than to others."
        )
    if version.is_untaught:
        found.append("It has learned from no label: it knows the words of categories and grants.")
    found += _of_categories(facts.get("labels", {}))
    if "labelled grants" in version.metrics.get("measured_on", ""):
        found.append(
            "It is measured on grants that were not all drawn at random, by models that had not "
            "seen them: its figures may be kinder than those of an audit."
        )
    if learned and facts.get("n_random") is not None and learned.n_grants:
        others = learned.n_grants - facts["n_random"]
        if others:
            found.append(
                f"{others:,} of its {learned.n_grants:,} grants were chosen because they teach "
                "much, and not by lot: they are harder than grants are on average."
            )
    found += _of_texts(facts.get("flags"))
    if facts.get("n_annotators") == 1:
        found.append("One person has annotated all of its annotated grants: it decides as they do.")
    return found


def _of_categories(labels: Facts) -> list[str]:
    bands = labels.get("by_examples", {})
    thin = sum(bands.get(name, 0) for name in LEARNS_LITTLE)
    if not thin:
        return []
    return [
        f"{thin:,} of {labels['n_categories']:,} categories had fewer than ten examples, "
        f"{bands.get('0', 0):,} of them none: there it rests on words, and its figures tell little."
    ]


def _of_texts(flags: Facts | None) -> list[str]:
    if flags is None:
        return []
    foreign, short = flags.get(Flag.NOT_ENGLISH, 0), flags.get(Flag.SHORT, 0)
    if foreign:
        of_languages = f"{foreign:,} of the texts it learned from seem to be in another language "
        of_languages += "than English: of such texts it knows little."
    else:
        of_languages = "It has learned from texts in English alone, as far as that can be told."
    of_length = f"{short:,} of the texts it learned from have fewer than five words."
    if not short:
        of_length = "It has learned from no text of fewer than five words: of those it guesses."
    return [of_languages, of_length]
