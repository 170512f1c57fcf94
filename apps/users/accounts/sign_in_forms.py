"""Forms of django-allauth with our labels, hints and rules."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as library
from django import forms
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from .forms import NAME_HINT
from .models import User
from .services.recovery import can_reset_with, has_no_confirmed_email, recover_account

FIELD_LABELS = {
    "username": _("Username"),
    "login": _("Username or email"),
    "email": _("Email address"),
    "password": _("Password"),
    "oldpassword": _("Current password"),
    "password1": _("New password"),
    "password2": _("Confirm new password"),
}
PASSWORD_HINT = _("At least 8 characters. Avoid common passwords.")
TOKENS_HINT = _(
    "Select this if someone else may know your old password. All browsers are signed out either way."
)
NAME_FIELD = {"autocapitalize": "none", "spellcheck": "false", "autofocus": True}


class LabelsMixin:
    """Replaces the labels of the library and drops placeholders that repeat them."""

    fields: dict[str, Any]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = FIELD_LABELS.get(name, field.label)
            field.help_text = PASSWORD_HINT if name == "password1" else ""


class SignUpForm(LabelsMixin, library.SignupForm):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["username"].help_text = NAME_HINT
        self.fields["username"].widget.attrs.update(NAME_FIELD)
        self.fields["password1"].label = FIELD_LABELS["password"]


class SignInForm(LabelsMixin, library.LoginForm):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["login"].widget.attrs.update(NAME_FIELD, autocomplete="username")


class AddEmailForm(LabelsMixin, library.AddEmailForm):
    pass


class RequestResetForm(LabelsMixin, library.ResetPasswordForm):
    users: list[User]

    def clean_email(self) -> str:
        email: str = super().clean_email()
        self.users = [user for user in self.users if can_reset_with(user, email)]
        return email


class ResetPasswordForm(LabelsMixin, library.ResetPasswordKeyForm):
    ends_tokens = forms.BooleanField(
        required=False, label=_("Also revoke all access tokens and authorized applications")
    )
    user: User | None

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["ends_tokens"].help_text = TOKENS_HINT
        if self.user and has_no_confirmed_email(self.user):
            del self.fields["ends_tokens"]  # they are revoked anyway

    @transaction.atomic
    def save(self) -> None:
        super().save()
        if self.user:
            recover_account(self.user, ends_tokens=self.cleaned_data.get("ends_tokens", False))


class ChangePasswordForm(LabelsMixin, library.ChangePasswordForm):
    pass


class SetPasswordForm(LabelsMixin, library.SetPasswordForm):
    pass


class ConfirmAccessForm(LabelsMixin, library.ReauthenticateForm):
    pass
