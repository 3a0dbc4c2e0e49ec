"""What an annotator says of each facet: whether it makes sense, and reading it back."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from annotation.errors import InvalidAnswer
from annotation.models import Annotation, Category, Facet, Grant, Outcome, User

Value = Outcome.Value


@dataclass(frozen=True)
class FacetAnswer:
    """What an annotator says of one facet: its outcome, and category codes by verdict."""

    outcome: str | None = None
    accepted: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()
    added: tuple[str, ...] = ()

    def codes(self) -> tuple[str, ...]:
        return self.accepted + self.rejected + self.added


def check_answers(
    answers: Mapping[str, FacetAnswer],
    facets: Mapping[str, Facet],
    categories: Mapping[str, Category],
    offered: Collection[str],
) -> None:
    """Raise InvalidAnswer with the first thing that is wrong, and what to do about it.

    Args:
        answers: by facet code.
        facets: all of the taxonomy, by code.
        categories: those that exist among the codes named, by code.
        offered: codes of all suggestions on the screen.
    """
    if not facets:
        raise InvalidAnswer("There is no taxonomy. Import one first.")
    if unknown := sorted(answers.keys() - facets.keys()):
        raise InvalidAnswer(
            f"There is no facet {unknown[0]!r}. The facets are: {', '.join(sorted(facets))}."
        )
    for code, answer in answers.items():
        _check_codes(answer, facets[code], categories, offered)
        _check_outcome(answer, facets[code])
    for facet in facets.values():
        if facet.is_required and not answers.get(facet.code, FacetAnswer()).outcome:
            raise InvalidAnswer(
                f"{facet} needs an outcome: choose a category, or say that none fits or that the "
                "text does not say enough."
            )


def _check_codes(
    answer: FacetAnswer, facet: Facet, categories: Mapping[str, Category], offered: Collection[str]
) -> None:
    codes = answer.codes()
    if len(codes) != len(set(codes)):
        twice = next(code for code in codes if codes.count(code) > 1)
        raise InvalidAnswer(f"{twice} stands in {facet} twice. Give each category one verdict.")
    for code in codes:
        category = categories.get(code)
        if category is None:
            raise InvalidAnswer(f"There is no category {code!r}. Search for its label instead.")
        if category.facet_id != facet.pk:
            raise InvalidAnswer(f"{category} belongs to {category.facet}, not to {facet}.")
        if category.retired_at and code not in answer.rejected:
            raise InvalidAnswer(f"{category} is retired. Choose {_instead_of(category)}.")
    for code in answer.accepted + answer.rejected:
        if code not in offered:
            raise InvalidAnswer(f"{code} was not suggested here. Put it among the added ones.")
    for code in answer.added:
        if code in offered:
            raise InvalidAnswer(f"{code} was suggested here. Put it among the accepted ones.")


def _instead_of(category: Category) -> str:
    into = category.merged_into
    return f"{into}, which stands for it now" if into else "another category"


def _check_outcome(answer: FacetAnswer, facet: Facet) -> None:
    chosen = answer.accepted + answer.added
    if answer.outcome is None:
        if chosen:
            raise InvalidAnswer(
                f"{facet} has chosen categories but no outcome. Say 'labelled', or choose none."
            )
        return
    if answer.outcome not in Value.values:
        raise InvalidAnswer(
            f"{answer.outcome!r} is no outcome. Take one of: {', '.join(Value.values)}."
        )
    if answer.outcome == Value.LABELLED and not chosen:
        raise InvalidAnswer(
            f"{facet} is said to be labelled, but no category is accepted or added there."
        )
    if answer.outcome != Value.LABELLED and chosen:
        raise InvalidAnswer(
            f"{facet} cannot be {answer.outcome.replace('_', ' ')} and hold {chosen[0]} as well."
        )
    if answer.outcome == Value.GENERAL_PUBLIC and not facet.has_general_public:
        raise InvalidAnswer(f"'General public' is no outcome of {facet}.")


def answers_of(annotation: Annotation) -> dict[str, FacetAnswer]:
    """What an annotation says, in the form it was given, by facet code."""
    outcomes = {o.facet.code: o.value for o in annotation.outcomes.select_related("facet")}
    codes: dict[str, dict[str, list[str]]] = {}
    for decision in annotation.decisions.select_related("category__facet"):
        facet = codes.setdefault(decision.category.facet.code, {})
        facet.setdefault(decision.verdict, []).append(decision.category.code)
    return {
        facet: FacetAnswer(
            outcome=outcomes.get(facet),
            **{
                verdict: tuple(codes.get(facet, {}).get(verdict, ()))
                for verdict in ("accepted", "rejected", "added")
            },
        )
        for facet in outcomes.keys() | codes.keys()
    }


def withdrawn_answers(annotator: User, grant: Grant) -> dict[str, FacetAnswer] | None:
    """What they took back and have not said anew, or None: it is filled in wherever the grant
    comes before them again, also after a reload."""
    last = (
        Annotation.objects.filter(
            grant=grant, annotator=annotator, superseded_by=None, revises=None, is_withdrawal=True
        )
        .select_related("supersedes")
        .first()
    )
    return answers_of(last.supersedes) if last and last.supersedes else None
