"""How many examples of a category are wanted, and whether it is asked for."""

from django import forms

from annotation.models import Category
from annotation.models.taxonomy import MOST_WANTED

PROBLEM = f"Enter a whole number from 1 to {MOST_WANTED:,}, or nothing for no target."


class WantedForm(forms.Form):
    target = forms.IntegerField(
        label="Target",
        required=False,
        min_value=1,
        max_value=MOST_WANTED,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), PROBLEM),
        help_text="Examples it is to have. The further it is from its target, the sooner grants "
        "come whose text speaks its words; from the target on none come for its sake.",
    )
    is_asked_for = forms.BooleanField(
        label="Ask for it: grants that are likely to be of it come first of their stream",
        required=False,
    )


def wanted_form(category: Category) -> WantedForm:
    """What holds now."""
    asked = category.asked_for_by_id is not None
    return WantedForm(initial={"target": category.target, "is_asked_for": asked})


class BoardForm(forms.Form):
    """One deed on a row of the coverage page; ``ask``, ``stop`` or ``code`` names its category."""

    ask = forms.CharField(required=False, max_length=40)
    stop = forms.CharField(required=False, max_length=40)
    code = forms.CharField(required=False, max_length=40)
    target = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_WANTED,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), PROBLEM),
    )

    def clean(self):
        named = [self.cleaned_data.get(name) for name in ("ask", "stop", "code")]
        if sum(map(bool, named)) != 1:
            raise forms.ValidationError("Name one category, by its code.")
        found = Category.objects.active().select_related("asked_for_by")
        category = found.filter(code=next(filter(None, named))).first()
        if category is None:
            raise forms.ValidationError("There is no such category, or it is retired.")
        self.category = category

    def wish(self) -> tuple[int | None, bool]:
        """Target and whether it is asked for, once the deed is done; the other stays as it is."""
        if self.cleaned_data["code"]:
            return self.cleaned_data["target"], self.category.asked_for_by_id is not None
        return self.category.target, bool(self.cleaned_data["ask"])

    def done(self) -> str:
        """What has been done, in words."""
        if self.cleaned_data["ask"]:
            return "grants likely to be of it come first of their stream."
        if self.cleaned_data["stop"]:
            return "it is no longer asked for."
        target = self.cleaned_data["target"]
        return f"its target is {target:,} examples." if target else "it has no target any more."
