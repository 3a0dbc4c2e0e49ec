"""What is asked of the audit log."""

from datetime import date

from django import forms
from django.core.exceptions import ValidationError

from annotation.models import User
from annotation.reports.audit_log import NAMES, NOBODY
from annotation.reports.deeds import DEEDS

MOST_WORDS = 10  # each is looked for in every event by itself


class AuditLogForm(forms.Form):
    """Every field may be left out; a wrong one says what was wrong with which value."""

    words = forms.CharField(max_length=200, required=False)
    person = forms.CharField(max_length=200, required=False)
    deed = forms.CharField(max_length=200, required=False)
    since = forms.CharField(max_length=40, required=False)
    until = forms.CharField(max_length=40, required=False)

    def clean_words(self) -> str:
        value = self.cleaned_data["words"]
        if len(value.split()) > MOST_WORDS:
            raise ValidationError(f"These are more than {MOST_WORDS} words. Leave some out.")
        return value

    def clean_person(self) -> str:
        value = self.cleaned_data["person"]
        if value and value != NOBODY and not User.objects.filter(username=value).exists():
            raise ValidationError(f"Nobody here is called “{_cut(value)}”. Choose a name.")
        return value

    def clean_deed(self) -> str:
        value = self.cleaned_data["deed"]
        if value and value not in DEEDS:
            raise ValidationError(f"“{_cut(value)}” is no deed of the log. Choose one.")
        return value

    def clean_since(self) -> str:
        return self._day("since")

    def clean_until(self) -> str:
        return self._day("until")

    def clean(self) -> None:
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and since > until:
            self.add_error("until", f"{until} is before {since}, where it begins: no deed fits.")

    def query(self) -> dict[str, str]:
        """What is set and right, as ``reports.audit_log`` takes it."""
        given = getattr(self, "cleaned_data", {})
        return {name: given[name] for name in NAMES if given.get(name)}

    def _day(self, name: str) -> str:
        value = self.cleaned_data[name]
        if not value:
            return ""
        try:
            day = date.fromisoformat(value)
        except ValueError:
            day = None
        # Within a year of either end a day in another time zone would be none any more.
        if day is None or not 1 < day.year < 9999:
            raise ValidationError(f"“{_cut(value)}” is no day such as 2026-03-14.")
        return day.isoformat()


def _cut(value: str) -> str:
    return value if len(value) <= 60 else f"{value[:60]}…"
