"""What the annotating page sends; the rules are in the services."""

import json

from django import forms
from django.core.exceptions import ValidationError

from annotation.models import Skip
from annotation.services.decisions import FacetAnswer

MOST_CODES = 2_000
A_DAY = 86_400


class AnswersField(forms.JSONField):
    def to_python(self, value):
        """JSON that no database could keep, or that is nested without end, is refused as well."""
        try:
            value = super().to_python(value)
            json.dumps(value, ensure_ascii=False).encode()
        except (ValueError, RecursionError) as error:
            raise ValidationError("The answer could not be read.") from error
        return value


class AnnotationForm(forms.Form):
    """An answer as the annotating page sends it."""

    answers = AnswersField(max_length=200_000, required=False)
    unseen = forms.JSONField(max_length=100_000, required=False)
    key = forms.UUIDField()
    seconds = forms.IntegerField(min_value=0, max_value=A_DAY)
    grant = forms.CharField(max_length=200, required=False, strip=False)

    def clean_answers(self) -> dict[str, FacetAnswer]:
        answers = self.cleaned_data["answers"]
        if not isinstance(answers, dict):
            raise ValidationError("The answer must name its facets.")
        return {facet: _facet_answer(answer) for facet, answer in answers.items()}

    def clean_unseen(self) -> frozenset[str]:
        return frozenset(_codes(self.cleaned_data["unseen"]))


def _facet_answer(answer) -> FacetAnswer:
    if not isinstance(answer, dict):
        raise ValidationError("Each facet must have an answer of its own.")
    outcome = answer.get("outcome")
    if not (outcome is None or isinstance(outcome, str)):
        raise ValidationError("An outcome must be a word.")
    verdicts = ("accepted", "rejected", "added")
    return FacetAnswer(outcome, *(_codes(answer.get(verdict, [])) for verdict in verdicts))


def _codes(value) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > MOST_CODES:
        raise ValidationError(f"Codes must be a list of at most {MOST_CODES:,}.")
    if not all(isinstance(code, str) and "\0" not in code for code in value):
        raise ValidationError("Codes must be texts.")
    return tuple(value)


class SkipForm(forms.Form):
    reason = forms.ChoiceField(choices=Skip.Reason.choices)
