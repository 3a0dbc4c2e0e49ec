"""A category's keyword rule, to be tried or saved."""

from django import forms
from django.core.exceptions import ValidationError


class RuleForm(forms.Form):
    """What is typed is taken as it is: a blank at the end of a pattern means something."""

    include = forms.CharField(
        label="Include: the rule hits where this is found",
        required=False,
        strip=False,
        help_text="A regular expression as RE2 reads it, without regard to case. | stands between "
        "words, \\b at the edge of a word, s? for an s that may be missing: "
        "\\b(choirs?|singing)\\b",
    )
    exclude = forms.CharField(
        label="Exclude: but not where this is found",
        required=False,
        strip=False,
        help_text="A match anywhere in the text switches the rule off for the whole grant.",
    )
    seen = forms.CharField(max_length=32)
    do = forms.ChoiceField(choices=[("try", "try"), ("save", "save")])

    @property
    def is_include_right(self) -> bool:
        return "include" not in self.errors

    def clean_include(self) -> str:
        return _one_line(self.cleaned_data["include"])

    def clean_exclude(self) -> str:
        return _one_line(self.cleaned_data["exclude"])


def _one_line(pattern: str) -> str:
    pattern = pattern.strip("\r\n")
    for position, sign in enumerate(pattern):
        if sign in "\r\n":
            raise ValidationError(
                f"A line ends at character {position + 1}, and no text holds that. Write the "
                "pattern in one line, with | between the words."
            )
    return pattern
