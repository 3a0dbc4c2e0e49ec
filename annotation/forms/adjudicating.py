"""What an adjudicator decides."""

from typing import cast

from django import forms
from django.http import QueryDict

from annotation.services.adjudication import Judgement

MOST = 500


class JudgementForm(forms.Form):
    """Fields ``in-<code>`` hold yes or no, ``outcome-<facet>`` what a facet without any holds.

    What is left empty is not decided.
    """

    note = forms.CharField(
        label="Note for the annotators, if you like", max_length=500, required=False
    )
    both = forms.BooleanField(required=False)

    def seen(self) -> list[int]:
        """Keys of the annotations that were on the screen."""
        posted = cast(QueryDict, self.data)
        return [int(value) for value in posted.getlist("seen")[:MOST] if value.isdecimal()]

    def judgement(self) -> Judgement:
        said = {
            name.removeprefix("in-"): value
            for name, value in self.data.items()
            if name.startswith("in-")
        }
        outcomes = {
            name.removeprefix("outcome-"): value
            for name, value in self.data.items()
            if name.startswith("outcome-")
        }
        return Judgement(
            outcomes=outcomes,
            taken=frozenset(code for code, value in said.items() if value == "yes"),
            refused=frozenset(code for code, value in said.items() if value == "no"),
            both_may_stand=self.cleaned_data["both"],
            note=self.cleaned_data["note"],
        )
