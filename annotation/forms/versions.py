"""What is said with a promotion or a roll-back."""

from django import forms


class ReasonForm(forms.Form):
    """Why somebody went against the night's choice."""

    reason = forms.CharField(
        label="Reason, kept in the history (required)",
        max_length=500,
        error_messages={"required": "Enter a reason, so that others know why."},
    )
