"""Which kinds of model shall be compared, and the month that their costs are told for."""

from typing import cast

from django import forms

from annotation.forms.simulating import number
from annotation.reports.backend_comparisons import LEAST_GRANTS, Ground, measurable_backends
from annotation.services.backend_comparisons import Order
from annotation.services.backends import PRODUCTION

PRICE = "Enter a number from 0 to 10,000, such as 0.05, or nothing."


class BackendComparisonForm(forms.Form):
    """The kinds of model that there are; all that can be measured here are proposed."""

    backends = forms.MultipleChoiceField(
        error_messages={
            "required": "Choose one or more.",
            "invalid_choice": "%(value)s cannot be measured here.",
        },
    )
    texts_a_month = number("Texts a month", 0, 1_000_000_000, "That it shall read.")
    trainings_a_month = number("Trainings a month", 0, 10_000, "The site trains every night.")
    price_an_hour = forms.FloatField(
        label="Price of an hour",
        required=False,
        min_value=0,
        max_value=10_000,
        help_text="Of one processor, in any currency. Without it hours are told, and no price.",
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), PRICE),
    )

    def __init__(self, data=None, *, there: Ground):
        self.ways = measurable_backends()
        names = [way.name for way in self.ways if way.can_run]
        first = {"backends": names, "texts_a_month": 10_000, "trainings_a_month": 30}
        super().__init__(data, initial=first)
        self.there = there
        offered = cast(forms.MultipleChoiceField, self.fields["backends"])
        offered.choices = [(name, name) for name in names]

    def clean_backends(self) -> list[str]:
        """In the order in which they are measured: the site's own first, for the others to beat."""
        chosen = set(self.cleaned_data["backends"])
        names = [way.name for way in self.ways if way.name in chosen]
        return sorted(names, key=lambda name: name != PRODUCTION)

    def clean(self):
        if not self.there.is_enough:
            raise forms.ValidationError(
                f"There are {self.there.n_pool:,} labelled grants to learn from, and "
                f"{LEAST_GRANTS} are needed. Label {self.there.n_missing:,} more first."
            )
        return self.cleaned_data

    def order(self) -> Order:
        given = self.cleaned_data
        return Order(
            given["backends"],
            given["texts_a_month"],
            given["trainings_a_month"],
            given["price_an_hour"],
        )
