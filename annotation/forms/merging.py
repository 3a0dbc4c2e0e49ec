"""Into which category another one is merged."""

from django import forms

from annotation.models import Category
from annotation.services.merge_categories import problem_of


class MergeForm(forms.Form):
    into = forms.CharField(
        label="Code of the category that stands for it from now on",
        max_length=40,
        error_messages={"required": "Enter the code of a category, as its page shows it."},
    )

    def __init__(self, *args, category: Category, **kwargs):
        super().__init__(*args, **kwargs)
        self.category = category

    def clean_into(self) -> Category:
        code = self.cleaned_data["into"]
        found = Category.objects.current().select_related("facet").filter(code=code).first()
        if found is None:
            raise forms.ValidationError(
                f"No category has the code {code}. Enter one as its page shows it."
            )
        if problem := problem_of(self.category, found):
            raise forms.ValidationError(problem)
        return found
