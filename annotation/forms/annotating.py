"""What the annotating page sends; the rules are in the services."""

import json
import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from annotation.models import Skip
from annotation.services.decisions import FacetAnswer

MOST_CODES = 2_000
MOST_TOKENS = 20
A_DAY = 86_400


class SmallJSONField(forms.JSONField):
    """JSON of at most so many characters, which a database could keep.

    The length is that of the text: Django's ``max_length`` would measure what was read from it,
    and break on a number, which has no length.
    """

    def __init__(self, *, longest: int, **options):
        super().__init__(**options)
        self.longest = longest

    def to_python(self, value):
        if isinstance(value, str) and len(value) > self.longest:
            raise ValidationError(f"At most {self.longest:,} characters can be read.")
        try:
            value = super().to_python(value)
            # Half a character, or what is nested without end, is refused as well.
            json.dumps(value, ensure_ascii=False).encode()
        except (ValueError, RecursionError) as error:
            raise ValidationError("The annotation could not be read.") from error
        return value


class AnnotationForm(forms.Form):
    """An annotation as the page sends it."""

    answers = SmallJSONField(longest=200_000, required=False)
    unseen = SmallJSONField(longest=100_000, required=False)
    key = forms.UUIDField()
    seconds = forms.IntegerField(min_value=0, max_value=A_DAY)
    grant = forms.CharField(max_length=200, required=False, strip=False)

    def clean_answers(self) -> dict[str, FacetAnswer]:
        answers = self.cleaned_data["answers"]
        if not isinstance(answers, dict):
            raise ValidationError("The annotation must name its facets.")
        return {facet: _facet_answer(answer) for facet, answer in answers.items()}

    def clean_unseen(self) -> frozenset[str]:
        return frozenset(_codes(self.cleaned_data["unseen"]))

    def facts(self) -> dict[str, Any]:
        """What the services take."""
        return {
            "answers": self.cleaned_data["answers"],
            "idempotency_key": str(self.cleaned_data["key"]),
            "seconds": self.cleaned_data["seconds"],
            "unseen": self.cleaned_data["unseen"],
        }


class RevisionForm(AnnotationForm):
    """What a blind annotation becomes; ``replaces`` is the key of what its annotator saw of it."""

    replaces = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False)

    def facts(self) -> dict[str, Any]:
        return super().facts() | {"replaces": self.cleaned_data["replaces"]}


def _facet_answer(answer) -> FacetAnswer:
    if not isinstance(answer, dict):
        raise ValidationError("Each facet must have an outcome of its own.")
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
    grant = forms.CharField(max_length=200, required=False, strip=False)


class TokensField(forms.Field):
    """Claims' tokens with commas between them."""

    def to_python(self, value) -> frozenset[uuid.UUID]:
        parts = [part for part in (value or "").split(",") if part]
        if len(parts) > MOST_TOKENS:
            raise ValidationError(f"There may be {MOST_TOKENS} tokens at most.")
        try:
            return frozenset(map(uuid.UUID, parts))
        except ValueError as error:
            raise ValidationError("Tokens must be UUIDs.") from error


class ClaimForm(forms.Form):
    """What a page asks for when it wants a grant, and what it gives back for it."""

    besides = TokensField(required=False)
    give_back = TokensField(required=False)
    ahead = forms.BooleanField(required=False)


class UndoForm(forms.Form):
    deed = forms.CharField(max_length=40, required=False)
    besides = forms.CharField(max_length=40, required=False)
    give_back = TokensField(required=False)
    key = forms.UUIDField(required=False)

    def clean_key(self) -> str | None:
        key = self.cleaned_data["key"]
        return str(key) if key else None


class NoteForm(forms.Form):
    flag = forms.NullBooleanField(required=False)
    comment = forms.CharField(
        max_length=2_000,
        required=False,
        error_messages={"max_length": "A comment may have 2,000 characters at most."},
    )


class KeysForm(forms.Form):
    keys = SmallJSONField(longest=2_000, required=False)

    def clean_keys(self) -> dict[str, str]:
        keys = self.cleaned_data["keys"]
        if not isinstance(keys, dict) or not all(isinstance(key, str) for key in keys.values()):
            raise ValidationError("Keys must be named by their deeds.")
        return keys
