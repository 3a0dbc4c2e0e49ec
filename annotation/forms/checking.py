"""How many labels in doubt are sent to be checked."""

from django import forms

from annotation.services.label_checks import MOST_AT_ONCE

PROBLEM = f"Enter a whole number from 1 to {MOST_AT_ONCE}."


class ChecksForm(forms.Form):
    """The worst ones come first."""

    n = forms.IntegerField(
        label="Send the worst",
        min_value=1,
        max_value=MOST_AT_ONCE,
        initial=25,
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), PROBLEM),
    )
