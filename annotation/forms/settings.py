"""The settings page's form: what people type, and the values of the settings."""

from collections.abc import Iterable, Mapping
from datetime import time
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.db import models

from annotation.errors import NoSuchTraining
from annotation.importers.column_names import column_words
from annotation.models import Facet, SiteSettings
from annotation.models.queue_shares import TURNS, too_many_turns
from annotation.models.setting_limits import LIMITS, PER_CENT
from annotation.models.site_settings import (
    LONGEST_LICENCE,
    TEXT_FIELDS,
    default_of,
    setting_columns,
    setting_names,
)
from annotation.services.backends import backends, must_run_here
from annotation.services.site_settings import FacetValues

OF_TURNS = "Turns in the queue"
SECTIONS = {
    "What is read": ("text_fields",),
    "Drawn at import": ("audit_share", "audit_drawing", "audit_usual_amount"),
    "How grants are decided": (
        "blind_share",
        "second_share",
        "required_annotations",
        "plant_share",
    ),
    OF_TURNS: (*TURNS, "order_every"),
    "Annotators": ("claim_minutes", "daily_goal"),
    "Suggestions": ("ticking", "fixed_threshold", "least_score"),
    "Model versions": ("backend", "promotion_margin", "night_starts_at", "time_zone"),
    "Model cards": ("data_licence",),
}


class QuantityField(forms.Field):
    """A number within its limits; shares are typed in per cent."""

    def __init__(self, name: str, **options):
        super().__init__(**options)
        self.low, self.high, self.unit = LIMITS[name]
        self.scale = 100 if self.unit == PER_CENT else 1
        self.is_whole = isinstance(setting_columns()[name], models.IntegerField)

    @property
    def limits(self) -> str:
        """1 to 90 %"""
        return f"{_number(self.low * self.scale)} to {_number(self.high * self.scale)} {self.unit}"

    def prepare_value(self, value):
        return value if isinstance(value, str | None) else _number(round(value * self.scale, 4))

    def to_python(self, value):
        typed = (value or "").strip()
        if not typed:
            raise ValidationError(f"Enter {self.limits}.")
        shown = typed[:40]
        try:
            number = float(typed)
        except ValueError:
            raise ValidationError(f"“{shown}” is no number. Enter {self.limits}.") from None
        if self.is_whole and number % 1:
            raise ValidationError(f"{shown} is no whole number. Enter {self.limits}.")
        share = round(number / self.scale, 6)
        if not self.low <= share <= self.high:
            raise ValidationError(f"{shown} is outside what is allowed. Enter {self.limits}.")
        return int(share) if self.is_whole else share


def _number(value: float) -> str:
    """As people type it: 1440, 0.1; never 1e+09."""
    return f"{value:.10g}"


class LineField(forms.CharField):
    """A line of text, however it was spaced; it may be empty."""

    def __init__(self, longest: int):
        super().__init__(required=False, max_length=longest)

    def to_python(self, value):
        return " ".join((super().to_python(value) or "").split())


class ClockField(forms.Field):
    """A time of day on the hour or the minute."""

    def prepare_value(self, value):
        return value.isoformat("minutes") if isinstance(value, time) else value

    def to_python(self, value):
        try:
            found = time.fromisoformat((value or "").strip())
        except ValueError:
            raise ValidationError(
                f"“{(value or '')[:40]}” is no time of day. Enter one such as 02:00."
            ) from None
        if found.tzinfo or found.second or found.microsecond:
            raise ValidationError(
                f"“{(value or '')[:40]}” is too exact. Enter hour and minute, such as 02:00."
            )
        return found


class BackendField(forms.ChoiceField):
    """The kinds of model. Those that cannot be trained here are shown with what they want."""

    def __init__(self):
        self.offered = backends()
        super().__init__(
            choices=[(backend.name, backend.words) for backend in self.offered],
            error_messages={"invalid_choice": "“%(value)s” is not one of the choices."},
        )


def field_for(name: str) -> forms.Field:
    """The form's field of a setting, with the words of the model."""
    column, field = setting_columns()[name], _field(name)
    field.label, field.help_text = str(column.verbose_name), str(column.help_text)
    return field


def _field(name: str) -> forms.Field:
    if name in LIMITS:
        return QuantityField(name)
    if name == "night_starts_at":
        return ClockField()
    if name == "backend":
        return BackendField()
    if name == "data_licence":
        return LineField(LONGEST_LICENCE)
    if name == "text_fields":
        return forms.MultipleChoiceField(
            choices=[(text, column_words(text)) for text in TEXT_FIELDS],
            error_messages={"required": "Choose one at least: without text nothing is suggested."},
        )
    return forms.ChoiceField(
        choices=setting_columns()[name].choices or zones(),
        error_messages={"invalid_choice": "“%(value)s” is not one of the choices."},
    )


def zones() -> list[tuple[str, str]]:
    """Area and city, and UTC; not the short names, which mean other offsets in other places."""
    named = sorted(zone for zone in available_timezones() if "/" in zone and zone[:4] != "Etc/")
    return [(zone, zone.replace("_", " ")) for zone in ("UTC", *named)]


class FacetForm(forms.Form):
    """One facet: what it is called, its place on the screen, whether it must be answered."""

    label = forms.CharField(
        max_length=100, error_messages={"required": "Enter what annotators shall call it."}
    )
    place = forms.IntegerField(
        min_value=1,
        max_value=100,
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"), "Enter its place: 1 is the first."
        ),
    )
    is_required = forms.BooleanField(required=False)

    def __init__(self, facet: Facet, place: int, data: Mapping | None = None):
        self.facet = facet
        initial = {"label": facet.label, "place": place, "is_required": facet.is_required}
        super().__init__(data, prefix=f"facet-{facet.pk}", initial=initial)

    def values(self) -> FacetValues:
        said = self.cleaned_data
        return FacetValues(self.facet.pk, said["label"], said["place"] - 1, said["is_required"])


class SettingsForm(forms.Form):
    """Every setting, and one form a facet of the taxonomy in use."""

    revision = forms.IntegerField(
        widget=forms.HiddenInput, error_messages={"required": "Reload the page, then change it."}
    )

    def __init__(self, site: SiteSettings, facets: Iterable[Facet], data: Mapping | None = None):
        initial = {name: getattr(site, name) for name in setting_names()}
        super().__init__(data, initial=initial | {"revision": site.revision})
        for name in setting_names():
            self.fields[name] = field_for(name)
        self.facets = [FacetForm(facet, n, data) for n, facet in enumerate(facets, start=1)]

    def is_valid(self) -> bool:
        # Each is asked, so that all that is wrong is said at once.
        return all([super().is_valid(), *(facet.is_valid() for facet in self.facets)])

    def clean(self) -> dict:
        turns = {name: self.cleaned_data[name] for name in TURNS if name in self.cleaned_data}
        if problem := too_many_turns(turns):
            self.add_error("random_share", problem)
        for column in ("label", "place"):
            said: dict[object, FacetForm] = {}
            for facet in self.facets:
                value = facet.cleaned_data.get(column) if facet.is_valid() else None
                first = said.setdefault(value, facet)
                if value is not None and first is not facet:
                    problem = f"“{value}” is taken by {first.facet}. Give each facet its own."
                    facet.add_error(column, problem)
        return self.cleaned_data

    def clean_backend(self) -> str:
        """What is stored already stays: its training says what it wants."""
        chosen: str = self.cleaned_data["backend"]
        if chosen != self.initial["backend"]:
            try:
                must_run_here(chosen)
            except NoSuchTraining as error:
                raise ValidationError(str(error)) from error
        return chosen

    def clean_text_fields(self) -> list[str]:
        """In the order that grants are read in, each once."""
        return [name for name in TEXT_FIELDS if name in self.cleaned_data["text_fields"]]

    def values(self) -> dict[str, object]:
        return {name: self.cleaned_data[name] for name in setting_names()}

    def facet_values(self) -> list[FacetValues]:
        return [facet.values() for facet in self.facets]

    def typed_default(self, name: str) -> object:
        """A setting's default as somebody would type it; for a list, all of its parts."""
        return self.fields[name].prepare_value(default_of(name))
