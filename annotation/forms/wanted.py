"""How many examples of a category are wanted, and whether it is asked for."""

from django import forms

from annotation.models import Category
from annotation.models.taxonomy import MOST_WANTED

PROBLEM = f"Enter a whole number from 1 to {MOST_WANTED:,}, or nothing for no target."


class WantedForm(forms.Form):
    target = forms.IntegerField(
        label="Target",
        required=False,
        min_value=1,
        max_value=MOST_WANTED,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), PROBLEM),
        help_text="Examples it is to have. The further it is from its target, the sooner grants "
        "come whose text speaks its words; from the target on none come for its sake.",
    )
    is_asked_for = forms.BooleanField(
        label="Ask for it: grants that are likely to be of it come first of their stream",
        required=False,
    )


def wanted_form(category: Category) -> WantedForm:
    """What holds now."""
    asked = category.asked_for_by_id is not None
    return WantedForm(initial={"target": category.target, "is_asked_for": asked})
