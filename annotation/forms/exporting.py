"""What to export."""

from django import forms

from annotation.exporters import EXPORTERS
from annotation.forms.filtering import FilterForm
from annotation.services.exports import ExportOrder

UNKNOWN_FORM = "%(value)s is no format of this export."


class SwitchField(forms.ChoiceField):
    """On or off in an address: 1 or 0; a ticked box says on, one that is not ticked nothing."""

    def __init__(self, **options):
        words = [(word, word) for word in ("", "0", "1", "on")]
        super().__init__(choices=words, required=False, **options)

    def clean(self, value) -> bool:
        return super().clean(value) in ("1", "on")


class ExportForm(FilterForm):
    """What to export, by the page and by the API; the filters are those of the list of grants."""

    suggestions = SwitchField(label="with suggestions")
    threshold = forms.FloatField(
        label="threshold", min_value=0, max_value=1, required=False,
        error_messages={"invalid": "Enter a number from 0 to 1.",
                        "min_value": "Enter a number from 0 to 1.",
                        "max_value": "Enter a number from 0 to 1."},
    )  # fmt: skip
    raw = SwitchField(label="raw")

    def __init__(self, what: str, *args, **options):
        super().__init__(*args, **options)
        self.what = what
        # ``as`` is a word of Python, so it cannot be named above; ``format`` is one of DRF.
        self.fields["as"] = forms.ChoiceField(
            label="as",
            choices=[(form, e.label) for (of, form), e in EXPORTERS.items() if of == what],
            error_messages={"required": "Choose a format.", "invalid_choice": UNKNOWN_FORM},
        )

    def export_order(self) -> ExportOrder:
        given = self.cleaned_data
        threshold = 0.5 if given["threshold"] is None else given["threshold"]
        return ExportOrder(
            what=self.what,
            form=given["as"],
            is_raw=given["raw"],
            threshold=threshold if given["suggestions"] else None,
            query=self.filters(),
        )
