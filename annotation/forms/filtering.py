"""Which grants: the filters of the list, the export page and the API, checked in one place."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q

from annotation.models import Category, Facet, Grant, Outcome
from annotation.reports.given import day_in
from annotation.reports.grant_choices import annotators, flags
from annotation.reports.grant_filters import NAMES, ORDERS, STATES
from annotation.reports.search import terms

SCORE = re.compile(r"(0?\.\d{1,17}|[01](\.\d{0,17})?)", re.ASCII)
AMOUNT = re.compile(r"-?\d{1,16}(\.\d{1,2})?", re.ASCII)
YEAR = re.compile(r"[1-9]\d{3}", re.ASCII)
AROUND_FIGURES = re.compile(r"[\s,$]")


class FilterForm(forms.Form):
    """Every field may be left out; a wrong one says what was wrong with which value."""

    q = forms.CharField(max_length=200, required=False)
    category = forms.CharField(max_length=200, required=False)
    itself = forms.CharField(max_length=200, required=False)
    given_from = forms.CharField(max_length=200, required=False)
    given_to = forms.CharField(max_length=200, required=False)
    suggested = forms.CharField(max_length=200, required=False)
    outcome = forms.CharField(max_length=200, required=False)
    state = forms.CharField(max_length=200, required=False)
    stream = forms.CharField(max_length=200, required=False)
    annotator = forms.CharField(max_length=200, required=False)
    score_from = forms.CharField(max_length=200, required=False)
    score_to = forms.CharField(max_length=200, required=False)
    programme = forms.CharField(max_length=10_000, required=False)
    place = forms.CharField(max_length=200, required=False)
    year = forms.CharField(max_length=200, required=False)
    amount_from = forms.CharField(max_length=200, required=False)
    amount_to = forms.CharField(max_length=200, required=False)
    flag = forms.CharField(max_length=200, required=False)
    order = forms.CharField(max_length=200, required=False)

    def clean_q(self) -> str:
        return self._searchable("q")

    def clean_place(self) -> str:
        return self._searchable("place")

    def clean_category(self) -> str:
        return self._category("category")

    def clean_itself(self) -> str:
        return self._category("itself")

    def clean_suggested(self) -> str:
        return self._category("suggested")

    def clean_given_from(self) -> str:
        return self._day("given_from")

    def clean_given_to(self) -> str:
        return self._day("given_to")

    def clean_outcome(self) -> str:
        value = self.cleaned_data["outcome"]
        facet, _, outcome = value.rpartition(":")
        is_known = outcome in Outcome.Value.values
        if value and not (is_known and Facet.objects.current().filter(code=facet).exists()):
            raise _wrong("“%s” is no facet with an outcome. Choose one.", value)
        return value

    def clean_state(self) -> str:
        return self._one_of("state", STATES)

    def clean_stream(self) -> str:
        return self._one_of("stream", Grant.Stream.values)

    def clean_order(self) -> str:
        return self._one_of("order", ORDERS)

    def clean_annotator(self) -> str:
        value = self.cleaned_data["annotator"]
        if value and value not in annotators():
            raise _wrong("Nobody called “%s” has annotated a grant. Choose a name.", value)
        return value

    def clean_flag(self) -> str:
        value = self.cleaned_data["flag"]
        if value and value not in flags():
            raise _wrong("No grant has the quality flag “%s”. Choose one.", value)
        return value

    def clean_score_from(self) -> str:
        return self._figure("score_from", SCORE, "a number from 0 to 1, such as 0.5", most=1)

    def clean_score_to(self) -> str:
        return self._figure("score_to", SCORE, "a number from 0 to 1, such as 0.5", most=1)

    def clean_year(self) -> str:
        return self._figure("year", YEAR, "a year of four digits, such as 2024")

    def clean_amount_from(self) -> str:
        return self._figure("amount_from", AMOUNT, "an amount in digits, such as 5000")

    def clean_amount_to(self) -> str:
        return self._figure("amount_to", AMOUNT, "an amount in digits, such as 5000")

    def clean(self) -> None:
        given = self.cleaned_data
        for least, most in (("score_from", "score_to"), ("amount_from", "amount_to")):
            low, high = given.get(least), given.get(most)
            if low and high and float(low) > float(high):
                self.add_error(most, f"{high} is less than {low}, where it begins: no grant fits.")
        first, last = given.get("given_from"), given.get("given_to")
        if first and last and first > last:
            self.add_error("given_to", f"{last} is before {first}, where it begins: no grant fits.")

    def filters(self) -> dict[str, str]:
        """The filters that are set and right, as ``reports.grant_filters`` takes them."""
        given = getattr(self, "cleaned_data", {})
        return {name: given[name] for name in NAMES if given.get(name)}

    def _category(self, name: str) -> str:
        """The code, where the name was written out."""
        value = self.cleaned_data[name]
        if not value:
            return ""
        named = Category.objects.current().filter(Q(code=value) | Q(label__iexact=value))
        category = min(named, key=lambda c: (c.code != value, c.position), default=None)
        if category is None:
            raise _wrong("No category is called “%s”. Type its name or code, and choose.", value)
        return category.code

    def _day(self, name: str) -> str:
        value = self.cleaned_data[name]
        if value and day_in(value) is None:
            raise _wrong("“%s” is no day from 1970 to 2999, such as 2026-03-31.", value)
        return value

    def _searchable(self, name: str) -> str:
        value = self.cleaned_data[name]
        if value and not terms(value):
            raise _wrong("“%s” has no letter and no digit to search for.", value)
        return value

    def _one_of(self, name: str, words) -> str:
        value = self.cleaned_data[name]
        if value and value not in words:
            raise _wrong(f"“%s” is none of: {', '.join(words)}.", value)
        return value

    def _figure(self, name: str, shape: re.Pattern, wanted: str, most: int | None = None) -> str:
        value = self.cleaned_data[name]
        plain = AROUND_FIGURES.sub("", value)
        if value and (not shape.fullmatch(plain) or (most is not None and float(plain) > most)):
            raise _wrong(f"“%s” is not {wanted}.", value)
        return plain


def _wrong(words: str, value: str) -> ValidationError:
    return ValidationError(words % (value if len(value) <= 60 else f"{value[:60]}…"))
