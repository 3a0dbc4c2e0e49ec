"""Starting a sprint, and a verdict in it."""

from django import forms

from annotation.models import Category, SprintDecision
from annotation.services.sprints import MOST

A_DAY = 86_400


class SprintForm(forms.Form):
    category = forms.CharField(
        label="Category",
        max_length=200,
        error_messages={"required": "Name a category: its code or its label."},
    )
    n_wanted = forms.IntegerField(
        label="Grants to ask about",
        min_value=1,
        max_value=MOST,
        initial=40,
        required=False,
        error_messages={
            "invalid": f"Enter a number from 1 to {MOST}.",
            "min_value": f"Enter a number from 1 to {MOST}.",
            "max_value": f"Enter a number from 1 to {MOST}.",
        },
    )

    def clean_category(self) -> Category:
        """By its code, or by its label."""
        given = self.cleaned_data["category"].strip().replace("\0", "")
        active = Category.objects.active()
        found = active.filter(code=given).first() or active.filter(label__iexact=given).first()
        if found is None:
            raise forms.ValidationError(f"No category has the code or the label {given!r}.")
        return found

    def clean_n_wanted(self) -> int:
        return self.cleaned_data["n_wanted"] or 40


class VerdictForm(forms.Form):
    grant = forms.IntegerField(min_value=1)
    verdict = forms.ChoiceField(choices=SprintDecision.Verdict.choices)
    seconds = forms.IntegerField(min_value=0, max_value=A_DAY, required=False)
