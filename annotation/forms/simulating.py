"""What a simulation shall compare, and on how many labels."""

from django import forms

from annotation.reports.query_strategies import DEFAULT, RANDOM, mix_labels
from annotation.reports.simulation_costs import Ground, proposal
from annotation.services.simulations import Order

MOST_STRATEGIES = 8
MOST_SEEDS = 10
MOST_POINTS = 400


def number(label: str, low: int, high: int, hint: str) -> forms.IntegerField:
    told = f"Enter a whole number from {low:,} to {high:,}."
    kinds = ("required", "invalid", "min_value", "max_value")
    return forms.IntegerField(
        label=label,
        min_value=low,
        max_value=high,
        help_text=hint,
        error_messages=dict.fromkeys(kinds, told),
    )


class SimulationForm(forms.Form):
    """What to compare; beginning with what is sensible for the labels there are."""

    strategies = forms.MultipleChoiceField(
        choices=[(name, label) for name, label in mix_labels().items() if name != RANDOM],
        error_messages={
            "required": "Choose one or more. Drawing by lot is always played beside them.",
            "invalid_choice": "There is no way of choosing called %(value)s.",
        },
    )
    n_seeds = number("Runs of each", 1, MOST_SEEDS, "One tells nothing from chance.")
    start = number("Labelled first", 5, 5_000, "Grants, drawn by lot.")
    batch = number("Labelled at a time", 1, 1_000, "Grants between two trainings.")
    budget = number("Labelled at the end", 5, 5_000, "Grants in all.")

    def __init__(self, data=None, *, there: Ground):
        proposed = proposal(there)
        first = {
            "strategies": [DEFAULT],
            "n_seeds": proposed.n_seeds,
            "start": proposed.start,
            "batch": proposed.batch,
            "budget": proposed.budget,
        }
        super().__init__(data, initial=first)
        self.there = there

    def clean_strategies(self) -> list[str]:
        chosen = self.cleaned_data["strategies"]
        if len(chosen) > MOST_STRATEGIES:
            raise forms.ValidationError(
                f"{len(chosen)} at once are too many to tell apart: choose {MOST_STRATEGIES} or "
                "fewer."
            )
        return chosen

    def clean(self):
        given = self.cleaned_data
        if not self.there.is_enough:
            raise forms.ValidationError(
                f"There are {self.there.n_grants:,} labelled grants. Label "
                f"{self.there.n_missing:,} more first."
            )
        start, batch, budget = (given.get(name) for name in ("start", "batch", "budget"))
        if budget is not None and budget > self.there.n_pool:
            self.add_error(
                "budget",
                f"A run can choose from about {self.there.n_pool:,} grants: a quarter of the "
                f"{self.there.n_grants:,} is kept to measure on. Enter {self.there.n_pool:,} or "
                "fewer.",
            )
        elif start and budget and budget < start:
            self.add_error("budget", f"Enter {start:,} or more: so many are labelled first.")
        elif start and batch and budget and (budget - start) // batch >= MOST_POINTS:
            self.add_error(
                "batch", f"More than {MOST_POINTS} trainings a run. Label more between them."
            )
        return given

    @property
    def n_points(self) -> int:
        given = self.cleaned_data
        return 1 + (given["budget"] - given["start"]) // given["batch"]

    @property
    def n_curves(self) -> int:
        return (1 + len(self.cleaned_data["strategies"])) * self.cleaned_data["n_seeds"]

    def order(self) -> Order:
        given = self.cleaned_data
        return Order(
            strategies=[RANDOM, *given["strategies"]],
            n_seeds=given["n_seeds"],
            start=given["start"],
            batch=given["batch"],
            # The last batch that is whole.
            budget=given["start"] + (self.n_points - 1) * given["batch"],
            n_grants=self.there.n_grants,
            n_categories=self.there.n_categories,
        )
