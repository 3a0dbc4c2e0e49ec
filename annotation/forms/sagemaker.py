"""What an administrator says of the AWS account, and of what leaves."""

from decimal import Decimal

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError

from annotation.models import SagemakerAccount
from annotation.models.sagemaker import LONGEST, SHORTEST
from annotation.services.sagemaker_account import FIELDS

NAMED = 12  # letters of a value that an error names


class AccountForm(forms.ModelForm):
    """Where trainings run. The revision is of what the person saw."""

    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    class Meta:
        model = SagemakerAccount
        fields = FIELDS

    def __init__(self, account: SagemakerAccount, data=None):
        super().__init__(data, instance=account, initial={"revision": account.revision})

    def clean_limit_minutes(self) -> int:
        minutes: int = self.cleaned_data["limit_minutes"]
        if not SHORTEST <= minutes <= LONGEST:
            raise ValidationError(f"The time limit goes from {SHORTEST} to {LONGEST} minutes.")
        return minutes

    def clean_price_an_hour(self) -> Decimal | None:
        price: Decimal | None = self.cleaned_data["price_an_hour"]
        if price is not None and price <= 0:
            raise ValidationError("A price is above 0. Leave it empty if you do not know it.")
        return price

    def add_error(self, field, error) -> None:
        """With the value that was wrong: a message that is heard stands far from its field."""
        error = error if isinstance(error, ValidationError) else ValidationError(error)
        if hasattr(error, "error_dict"):  # of the model: by field
            for name, problems in error.error_dict.items():
                self.add_error(None if name == NON_FIELD_ERRORS else name, problems)
            return
        typed = str(self.data.get(field, "")).strip() if field in FIELDS else ""
        if typed:
            error = ValidationError(
                f"“{_begun(typed)}” cannot be right. {' '.join(error.messages)}"
            )
        super().add_error(field, error)

    def values(self) -> dict[str, object]:
        return {name: self.cleaned_data[name] for name in FIELDS}


def _begun(typed: str) -> str:
    """Its first letters: a key or a password may have been pasted into the wrong field."""
    return typed if len(typed) <= NAMED else f"{typed[:NAMED]}…"


class AgreementForm(forms.Form):
    """Whether texts may leave: ticked, or taken back."""

    revision = forms.IntegerField(min_value=0)
    leaves = forms.BooleanField(required=False)
