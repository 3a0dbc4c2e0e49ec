"""What to export."""

from django import forms
from django.core.exceptions import ValidationError

from annotation.exporters import EXPORTERS
from annotation.models import Category
from annotation.reports.grants import STATES
from annotation.services.exports import ExportOrder

UNKNOWN_FORM = "%(value)s is no format of this export."


class SwitchField(forms.ChoiceField):
    """On or off in an address: 1 or 0; a ticked box says on, one that is not ticked nothing."""

    def __init__(self, **options):
        words = [(word, word) for word in ("", "0", "1", "on")]
        super().__init__(choices=words, required=False, **options)

    def clean(self, value) -> bool:
        return super().clean(value) in ("1", "on")


class ExportForm(forms.Form):
    """What to export, by the page and by the API; the filters are those of the list of grants."""

    suggestions = SwitchField(label="with suggestions")
    threshold = forms.FloatField(
        label="threshold", min_value=0, max_value=1, required=False,
        error_messages={"invalid": "Enter a number from 0 to 1.",
                        "min_value": "Enter a number from 0 to 1.",
                        "max_value": "Enter a number from 0 to 1."},
    )  # fmt: skip
    raw = SwitchField(label="raw")
    q = forms.CharField(max_length=200, required=False)
    category = forms.CharField(max_length=200, required=False)
    state = forms.ChoiceField(choices=[(s, s) for s in ("", *STATES)], required=False)
    programme = forms.CharField(max_length=10_000, required=False)
    year = forms.RegexField(
        r"^[1-9]\d{3}$", required=False, error_messages={"invalid": "Enter a year of four digits."}
    )

    def __init__(self, what: str, *args, **options):
        super().__init__(*args, **options)
        self.what = what
        # ``as`` is a word of Python, so it cannot be named above; ``format`` is one of DRF.
        self.fields["as"] = forms.ChoiceField(
            label="as",
            choices=[(form, e.label) for (of, form), e in EXPORTERS.items() if of == what],
            error_messages={"required": "Choose a format.", "invalid_choice": UNKNOWN_FORM},
        )

    def clean_category(self) -> str:
        code = self.cleaned_data["category"]
        if code and not Category.objects.current().filter(code=code).exists():
            raise ValidationError(f"There is no category with the code {code!r}.")
        return code

    def filters(self) -> dict[str, str]:
        """The filter of the list of grants, as far as it is set."""
        names = ("q", "category", "state", "programme", "year")
        return {name: self.cleaned_data[name] for name in names if self.cleaned_data.get(name)}

    def order(self) -> ExportOrder:
        given = self.cleaned_data
        threshold = 0.5 if given["threshold"] is None else given["threshold"]
        return ExportOrder(
            what=self.what,
            form=given["as"],
            is_raw=given["raw"],
            threshold=threshold if given["suggestions"] else None,
            query=self.filters(),
        )
