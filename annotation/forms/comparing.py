"""Which two model versions are to be compared."""

from django import forms
from django.core.exceptions import ValidationError

from annotation.models import ModelVersion

LONGEST_KEY = 18  # digits; a longer number is no key of any database


class PairForm(forms.Form):
    """The older of the two is what the newer one is compared with, whichever is named first."""

    a = forms.CharField(max_length=40, error_messages={"required": "Choose a version."})
    b = forms.CharField(max_length=40, error_messages={"required": "Choose a version."})

    def clean_a(self) -> ModelVersion:
        return self._version("a")

    def clean_b(self) -> ModelVersion:
        return self._version("b")

    def clean(self) -> None:
        one, other = self.cleaned_data.get("a"), self.cleaned_data.get("b")
        if one and one == other:
            self.add_error("b", f"{one} is compared with itself. Choose another version.")

    def pair(self) -> tuple[ModelVersion, ModelVersion]:
        """The older first."""
        one, other = sorted(self.cleaned_data.values(), key=lambda version: version.pk)
        return one, other

    def _version(self, name: str) -> ModelVersion:
        value = self.cleaned_data[name]
        versions = ModelVersion.objects.gated().of_current_taxonomy()
        is_key = value.isascii() and value.isdecimal() and len(value) <= LONGEST_KEY
        found = versions.filter(pk=value).first() if is_key else None
        if found is None or not found.can_be_compared:
            raise ValidationError(f"“{value[:40]}” is no version to be measured. Choose one.")
        return found
