"""Which categories stand for a grant: adjudicated, else the annotators', else its file's.

Facet by facet, so that an annotator who answered one facet does not wipe out the others.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from annotation.models import Annotation, Decision, FacetRuling, Label, Outcome
from annotation.reports.merged import counted

POSITIVE = {Decision.Verdict.ACCEPTED, Decision.Verdict.ADDED}
SAYS_NO = {Outcome.Value.LABELLED, Outcome.Value.NONE_FITS, Outcome.Value.GENERAL_PUBLIC}
ANNOTATOR = "annotator"
DISAGREEMENT = "disagreement"


@dataclass
class Answer:
    """One annotator's standing answer. Keys of facets and categories."""

    annotator: str
    submitted_at: datetime
    model_version: int | None
    outcomes: dict[int, str] = field(default_factory=dict)
    verdicts: dict[int, bool] = field(default_factory=dict)


@dataclass
class Standing:
    """What stands for one grant, and on whose word; ``by_applicant`` stands beside it."""

    categories: list[int] = field(default_factory=list)
    by_applicant: list[int] = field(default_factory=list)
    sources: dict[str, None] = field(default_factory=dict)
    annotators: dict[str, None] = field(default_factory=dict)
    model_versions: dict[str, None] = field(default_factory=dict)
    outcomes: dict[int, str] = field(default_factory=dict)
    labelled_at: datetime | None = None

    def saw(self, moment: datetime) -> None:
        self.labelled_at = max(self.labelled_at or moment, moment).astimezone(UTC)


# source -> category -> when
Labels = dict[str, dict[int, datetime]]
# facet -> what an adjudicator said of it as a whole, and when
Rulings = dict[int, tuple[str, datetime]]


def standing(grants: Sequence[int], facet_of: dict[int, int]) -> dict[int, Standing]:
    """What stands for each of the grants. Five queries.

    Args:
        grants: keys, some thousand at most.
        facet_of: category -> facet, for every category that may be named.
    """
    answers, labels, rulings = _answers(grants), _labels(grants), _rulings(grants)
    return {
        pk: _of_one(answers.get(pk, []), labels.get(pk, {}), rulings.get(pk, {}), facet_of)
        for pk in grants
    }


def _rulings(grants: Sequence[int]) -> dict[int, Rulings]:
    found: dict[int, Rulings] = {}
    rows = FacetRuling.objects.filter(
        adjudication__grant__in=grants,
        adjudication__superseded_by=None,
        facet__taxonomy__is_current=True,
    )
    for grant, facet, value, at in rows.values_list(
        "adjudication__grant_id", "facet_id", "value", "adjudication__adjudicated_at"
    ):
        found.setdefault(grant, {})[facet] = (value, at)
    return found


def _answers(grants: Sequence[int]) -> dict[int, list[Answer]]:
    shown = Annotation.objects.as_shown().filter(
        grant__in=grants, taxonomy_release__taxonomy__is_current=True
    )
    found: dict[int, list[Answer]] = defaultdict(list)
    by_pk: dict[int, Answer] = {}
    columns = ("pk", "grant_id", "annotator__username", "submitted_at", "model_version_id")
    for pk, grant, *facts in shown.order_by("pk").values_list(*columns):
        by_pk[pk] = Answer(*facts)
        found[grant].append(by_pk[pk])
    if by_pk:
        outcomes = Outcome.objects.filter(annotation__in=by_pk)
        for pk, facet, value in outcomes.values_list("annotation_id", "facet_id", "value"):
            by_pk[pk].outcomes[facet] = value
        decisions = Decision.objects.filter(annotation__in=by_pk)
        decisions = decisions.exclude(verdict=Decision.Verdict.LEFT)
        for pk, category, now, verdict in decisions.values_list(
            "annotation_id", "category_id", counted(), "verdict"
        ):
            # A yes follows a merged category; a no was said of the old one alone.
            if verdict in POSITIVE:
                by_pk[pk].verdicts[now] = True
            else:
                by_pk[pk].verdicts.setdefault(category, False)
    return found


def _labels(grants: Sequence[int]) -> dict[int, Labels]:
    found: dict[int, Labels] = {}
    rows = Label.objects.of_current_taxonomy().filter(grant__in=grants)
    for grant, source, category, at in rows.values_list(
        "grant_id", "source", counted(), "created_at"
    ):
        found.setdefault(grant, {}).setdefault(source, {})[category] = at
    return found


def _of_one(
    answers: list[Answer], labels: Labels, rulings: Rulings, facet_of: dict[int, int]
) -> Standing:
    stands = Standing(by_applicant=list(labels.pop(Label.Source.APPLICANT, ())))
    for facet in dict.fromkeys([*_facets(answers, labels, facet_of), *rulings]):
        mine = {
            source: {c: at for c, at in given.items() if facet_of[c] == facet}
            for source, given in labels.items()
        }
        said = [a for a in answers if facet in a.outcomes]
        if chosen := mine.get(Label.Source.ADJUDICATED):
            _take(stands, facet, Label.Source.ADJUDICATED, chosen)
        elif facet in rulings:
            # Ruled to hold nothing, whatever the annotators chose.
            value, at = rulings[facet]
            stands.sources[Label.Source.ADJUDICATED] = None
            stands.outcomes[facet] = value
            stands.saw(at)
        elif said:
            _take_answers(stands, facet, said, answers, facet_of)
        elif came := mine.get(Label.Source.IMPORTED):
            _take(stands, facet, Label.Source.IMPORTED, came)
    return stands


def _facets(answers: list[Answer], labels: Labels, facet_of: dict[int, int]) -> Iterable[int]:
    named = [facet_of[c] for given in labels.values() for c in given]
    return dict.fromkeys([*named, *(f for a in answers for f in a.outcomes)])


def _take(stands: Standing, facet: int, source: str, chosen: dict[int, datetime]) -> None:
    stands.categories += chosen
    stands.sources[source] = None
    stands.outcomes[facet] = Outcome.Value.LABELLED
    stands.saw(max(chosen.values()))


def _take_answers(
    stands: Standing,
    facet: int,
    said: list[Answer],
    answers: list[Answer],
    facet_of: dict[int, int],
) -> None:
    chosen = agreed(facet, answers, facet_of)
    stands.categories += chosen
    stands.sources[ANNOTATOR] = None
    for answer in said:
        stands.annotators[answer.annotator] = None
        if answer.model_version:
            stands.model_versions[f"v{answer.model_version}"] = None
        stands.saw(answer.submitted_at)
    stands.outcomes[facet] = Outcome.Value.LABELLED if chosen else _outcome(facet, said)


def agreed(facet: int, answers: list[Answer], facet_of: dict[int, int]) -> list[int]:
    """Categories that at least half of those who said anything of them chose, as in training."""
    voices: dict[int, list[bool]] = defaultdict(list)
    named = {c for a in answers for c in a.verdicts if facet_of[c] == facet}
    for answer in answers:
        outcome = answer.outcomes.get(facet)
        if outcome == Outcome.Value.NOT_ENOUGH_TEXT:
            continue
        for category in named:
            if category in answer.verdicts:
                voices[category].append(answer.verdicts[category])
            elif outcome in SAYS_NO:
                voices[category].append(False)
    return sorted(c for c, said in voices.items() if 2 * sum(said) >= len(said))


def _outcome(facet: int, said: list[Answer]) -> str:
    """What more than half of them said of the facet as a whole."""
    value, n = Counter(a.outcomes[facet] for a in said).most_common(1)[0]
    is_agreed = 2 * n > len(said) and value != Outcome.Value.LABELLED
    return value if is_agreed else DISAGREEMENT
