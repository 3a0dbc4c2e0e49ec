"""A file to bring in, and how its columns are read."""

from django import forms
from django.core.exceptions import ValidationError

from annotation.models import ImportRun


class UploadForm(forms.Form):
    """A file to be checked; nothing of it is read in the web process."""

    kind = forms.ChoiceField(
        choices=ImportRun.Kind.choices,
        error_messages={"required": "Choose what the file holds.", "invalid_choice": "Choose one."},
    )
    file = forms.FileField(
        label="File",
        error_messages={
            "required": "Choose a file.",
            "empty": "The file is empty. Choose the one that holds the rows.",
            "missing": "Choose a file.",
            "invalid": "No file came with the form. Choose it again.",
        },
    )
    with_categories = forms.BooleanField(required=False)


class ColumnsForm(forms.Form):
    """Which of a file's columns becomes which of ours."""

    currency = forms.RegexField(
        "^[A-Z]{3}$",
        required=False,
        label="Currency of amounts without one",
        max_length=3,
        error_messages={"invalid": "Enter an ISO 4217 code of three letters, such as AUD."},
    )
    is_day_first = forms.BooleanField(required=False)
    profile = forms.CharField(required=False, max_length=100, label="Save as a profile named")

    def __init__(self, header: list[str], *args, **options):
        super().__init__(*args, **options)
        self.header = header

    def clean(self) -> dict:
        columns: dict[str, str] = {}
        for number, theirs in enumerate(self.header):
            ours = self.data.get(f"column-{number}", "")
            if not ours:
                continue
            if ours in columns:
                first = columns[ours]
                raise ValidationError(
                    f"“{first}” and “{theirs}” would both become {ours.replace('_', ' ')}. "
                    "Choose one of them."
                )
            columns[ours] = theirs
        for required in ("reference", "title"):
            if required not in columns:
                raise ValidationError(f"No column becomes {required}. Choose one.")
        return self.cleaned_data | {"columns": columns}
