"""What an administrator says of the AWS account, and of what leaves."""

from django import forms

from annotation.models import SagemakerAccount
from annotation.services.sagemaker_account import FIELDS


class AccountForm(forms.ModelForm):
    """Where trainings run. The revision is of what the person saw."""

    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    class Meta:
        model = SagemakerAccount
        fields = FIELDS

    def __init__(self, account: SagemakerAccount, data=None):
        super().__init__(data, instance=account, initial={"revision": account.revision})

    def values(self) -> dict[str, object]:
        return {name: self.cleaned_data[name] for name in FIELDS}


class AgreementForm(forms.Form):
    """Whether texts may leave: ticked, or taken back."""

    revision = forms.IntegerField(min_value=0)
    leaves = forms.BooleanField(required=False)
