"""What people type and tick, read and checked for shape; the rules are in the services."""

import json

from django import forms
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.core.exceptions import ValidationError

from annotation.exporters import EXPORTERS
from annotation.models import Category, ImportRun, Skip, User
from annotation.reports.grants import STATES
from annotation.services.decisions import FacetAnswer
from annotation.services.exports import ExportOrder

MOST_CODES = 2_000
A_DAY = 86_400
UNKNOWN_FORM = "%(value)s is no format of this export."


class SignInForm(forms.Form):
    username = forms.CharField(
        label="Name", max_length=150, error_messages={"required": "Enter your name."}
    )
    password = forms.CharField(
        label="Password",
        max_length=1_000,
        strip=False,
        error_messages={"required": "Enter your password."},
    )


class FirstPasswordForm(SetPasswordForm):
    """A new password for somebody who has just signed in with a one-time one."""

    error_messages = {
        "password_mismatch": "The two differ. Type the same one twice.",
        "password_incorrect": "That is not your present password.",
    }

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        first, again = self.fields["new_password1"], self.fields["new_password2"]
        first.label, again.label = "New password", "New password, again"
        first.help_text = (
            "At least 12 characters; no common password, not digits alone, nothing like your name."
        )
        again.help_text = ""
        for field in self.fields.values():
            field.error_messages["required"] = "Enter a password."

    def clean_new_password1(self) -> str:
        """Really a new one; the other rules are Django's validators."""
        password = self.cleaned_data["new_password1"]
        if self.user.check_password(password):
            raise ValidationError("This is the password you have now. Choose another one.")
        return password


class ChangePasswordForm(FirstPasswordForm, PasswordChangeForm):
    """For everybody else, who must know the present password."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["old_password"].label = "Present password"


class InviteForm(forms.Form):
    username = forms.CharField(
        label="Name",
        max_length=150,
        help_text="Letters, digits and @ . + - _ for signing in; it cannot be changed later.",
        error_messages={"required": "Enter a name."},
    )
    role = forms.ChoiceField(
        label="Role",
        choices=User.Role.choices,
        initial=User.Role.ANNOTATOR,
        error_messages={
            "required": "Choose a role.",
            "invalid_choice": "Choose annotator or administrator.",
        },
    )
    email = forms.EmailField(
        label="E-mail, if you like",
        required=False,
        max_length=254,
        help_text="Kept so that you can reach them. The site sends no mail.",
        error_messages={"invalid": "That is no e-mail address. Correct it or leave it out."},
    )


class TokenForm(forms.Form):
    password = forms.CharField(
        label="Your password",
        max_length=1_000,
        strip=False,
        help_text="Asked for again: a token outlives this session.",
        error_messages={"required": "Enter your password."},
    )


class AnswersField(forms.JSONField):
    def to_python(self, value):
        """JSON that no database could keep, or that is nested without end, is refused as well."""
        try:
            value = super().to_python(value)
            json.dumps(value, ensure_ascii=False).encode()
        except (ValueError, RecursionError) as error:
            raise ValidationError("The answer could not be read.") from error
        return value


class AnnotationForm(forms.Form):
    """An answer as the annotating page sends it."""

    answers = AnswersField(max_length=200_000, required=False)
    unseen = forms.JSONField(max_length=100_000, required=False)
    key = forms.UUIDField()
    seconds = forms.IntegerField(min_value=0, max_value=A_DAY)
    grant = forms.CharField(max_length=200, required=False, strip=False)

    def clean_answers(self) -> dict[str, FacetAnswer]:
        answers = self.cleaned_data["answers"]
        if not isinstance(answers, dict):
            raise ValidationError("The answer must name its facets.")
        return {facet: _facet_answer(answer) for facet, answer in answers.items()}

    def clean_unseen(self) -> frozenset[str]:
        return frozenset(_codes(self.cleaned_data["unseen"]))


def _facet_answer(answer) -> FacetAnswer:
    if not isinstance(answer, dict):
        raise ValidationError("Each facet must have an answer of its own.")
    outcome = answer.get("outcome")
    if not (outcome is None or isinstance(outcome, str)):
        raise ValidationError("An outcome must be a word.")
    verdicts = ("accepted", "rejected", "added")
    return FacetAnswer(outcome, *(_codes(answer.get(verdict, [])) for verdict in verdicts))


def _codes(value) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > MOST_CODES:
        raise ValidationError(f"Codes must be a list of at most {MOST_CODES:,}.")
    if not all(isinstance(code, str) and "\0" not in code for code in value):
        raise ValidationError("Codes must be texts.")
    return tuple(value)


class SkipForm(forms.Form):
    reason = forms.ChoiceField(choices=Skip.Reason.choices)


class ReasonForm(forms.Form):
    """Why somebody went against the night's choice."""

    reason = forms.CharField(
        label="Reason, kept in the history",
        max_length=500,
        error_messages={"required": "Enter a reason, so that others know why."},
    )


class SwitchField(forms.ChoiceField):
    """On or off in an address: 1 or 0; a ticked box says on, one that is not ticked nothing."""

    def __init__(self, **options):
        words = [(word, word) for word in ("", "0", "1", "on")]
        super().__init__(choices=words, required=False, **options)

    def clean(self, value) -> bool:
        return super().clean(value) in ("1", "on")


class ExportForm(forms.Form):
    """What to export, by the page and by the API; the filters are those of the list of grants."""

    suggestions = SwitchField(label="with suggestions")
    threshold = forms.FloatField(
        label="threshold", min_value=0, max_value=1, required=False,
        error_messages={"invalid": "Enter a number from 0 to 1.",
                        "min_value": "Enter a number from 0 to 1.",
                        "max_value": "Enter a number from 0 to 1."},
    )  # fmt: skip
    raw = SwitchField(label="raw")
    q = forms.CharField(max_length=200, required=False)
    category = forms.CharField(max_length=200, required=False)
    state = forms.ChoiceField(choices=[(s, s) for s in ("", *STATES)], required=False)
    programme = forms.CharField(max_length=10_000, required=False)
    year = forms.RegexField(
        r"^[1-9]\d{3}$", required=False, error_messages={"invalid": "Enter a year of four digits."}
    )

    def __init__(self, what: str, *args, **options):
        super().__init__(*args, **options)
        self.what = what
        # ``as`` is a word of Python, so it cannot be named above; ``format`` is one of DRF.
        self.fields["as"] = forms.ChoiceField(
            label="as",
            choices=[(form, e.label) for (of, form), e in EXPORTERS.items() if of == what],
            error_messages={"required": "Choose a format.", "invalid_choice": UNKNOWN_FORM},
        )

    def clean_category(self) -> str:
        code = self.cleaned_data["category"]
        if code and not Category.objects.current().filter(code=code).exists():
            raise ValidationError(f"There is no category with the code {code!r}.")
        return code

    def filters(self) -> dict[str, str]:
        """The filter of the list of grants, as far as it is set."""
        names = ("q", "category", "state", "programme", "year")
        return {name: self.cleaned_data[name] for name in names if self.cleaned_data.get(name)}

    def order(self) -> ExportOrder:
        given = self.cleaned_data
        threshold = 0.5 if given["threshold"] is None else given["threshold"]
        return ExportOrder(
            what=self.what,
            form=given["as"],
            is_raw=given["raw"],
            threshold=threshold if given["suggestions"] else None,
            query=self.filters(),
        )


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
