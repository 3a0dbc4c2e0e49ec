"""Which categories were given to grants, by which source, by whom and when."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from annotation.models import Adjudication, Annotation, Category, Decision, Label, Outcome

ANNOTATOR = "annotator"
# From the one that knows least of the taxonomy to the one that settles a matter.
SOURCES = {
    Label.Source.APPLICANT.value: "From the applicant",
    Label.Source.IMPORTED.value: "Imported",
    ANNOTATOR: "Annotators",
    Label.Source.ADJUDICATED.value: "Adjudicated",
}
POSITIVE = {Decision.Verdict.ACCEPTED, Decision.Verdict.ADDED}


@dataclass(frozen=True)
class GivenLabel:
    """One category from one source. ``by`` is who said so: a person's name, or the import's."""

    category: Category
    source: str
    by: str
    at: datetime

    @property
    def source_words(self) -> str:
        return SOURCES[self.source]


@dataclass(frozen=True)
class GivenOutcome:
    """What somebody said of a whole facet where they gave no category."""

    facet: str
    value: str
    by: str
    at: datetime


def of_labels(
    labels: Iterable[Label], adjudications: Mapping[int, Adjudication]
) -> list[GivenLabel]:
    """Of labels that were read with their categories.

    Args:
        adjudications: those that hold now, by grant, read with their adjudicators: whoever
            adjudicated a grant is who gave it its adjudicated labels.
    """
    return [_of_label(label, adjudications.get(label.grant_id)) for label in labels]


def _of_label(label: Label, adjudication: Adjudication | None) -> GivenLabel:
    if label.source == Label.Source.ADJUDICATED and adjudication:
        who, when = adjudication.adjudicator.username, adjudication.adjudicated_at
    else:
        who = f"import {label.import_run_id}" if label.import_run_id else ""
        when = label.created_at
    return GivenLabel(label.category, label.source, who, when)


def ruled_empty(adjudication: Adjudication) -> list[GivenOutcome]:
    """The facets in which an adjudicator left no category; read with facet rulings and facets."""
    who, when = adjudication.adjudicator.username, adjudication.adjudicated_at
    return [
        GivenOutcome(ruling.facet.label, ruling.value, who, when)
        for ruling in adjudication.facet_rulings.all()
        if ruling.value != Outcome.Value.LABELLED
    ]


def of_annotation(annotation: Annotation) -> list[GivenLabel]:
    """Of an annotation that was read with its annotator, decisions and categories."""
    who, when = annotation.annotator.username, annotation.submitted_at
    return [
        GivenLabel(decision.category, ANNOTATOR, who, when)
        for decision in annotation.decisions.all()
        if decision.verdict in POSITIVE
    ]


def outcomes_of(annotation: Annotation) -> list[GivenOutcome]:
    """Of an annotation that was read with its annotator, outcomes and facets."""
    who, when = annotation.annotator.username, annotation.submitted_at
    return [
        GivenOutcome(outcome.facet.label, outcome.value, who, when)
        for outcome in annotation.outcomes.all()
        if outcome.value != outcome.Value.LABELLED
    ]
