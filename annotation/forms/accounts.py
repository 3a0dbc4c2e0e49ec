"""Signing in, passwords, people and their tokens."""

from django import forms
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.core.exceptions import ValidationError

from annotation.models import User


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
