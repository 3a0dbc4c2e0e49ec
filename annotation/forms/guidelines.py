"""What an administrator writes into the guidelines."""

from django import forms

LONGEST = 100_000


class GuidelinesForm(forms.Form):
    text = forms.CharField(
        label="Guidelines",
        max_length=LONGEST,
        widget=forms.Textarea,
        error_messages={
            "required": "Write something: empty guidelines would help nobody.",
            "max_length": "The guidelines are longer than %(limit_value)d characters "
            "(%(show_value)d). Shorten them, or move examples elsewhere.",
        },
    )
    note = forms.CharField(
        label="What has changed, in a few words",
        max_length=200,
        required=False,
        help_text="Shown in the list of versions.",
    )
    based_on = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
