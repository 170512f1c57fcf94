"""The account library's forms in the words and the look of this site."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as library
from django import forms
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from .forms import NAME_HINT
from .models import User
from .services.recovery import is_unproved, may_reset_by, recover_account

LABELS = {
    "username": _("Name"),
    "login": _("Name or e-mail address"),
    "email": _("E-mail address"),
    "password": _("Password"),
    "oldpassword": _("Current password"),
    "password1": _("New password"),
    "password2": _("New password, once more"),
}
PASSWORD_HINT = _("At least 8 characters, and not one that many people use.")
TOKENS_HINT = _("Tick this if somebody else may know the old password. Browsers are signed out in any case.")
NAME_FIELD = {"autocapitalize": "none", "spellcheck": "false", "autofocus": True}


class OwnMessages:
    """Labels stand above the fields of this site, so words inside the fields would only repeat them."""

    fields: dict[str, Any]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = LABELS.get(name, field.label)
            field.help_text = PASSWORD_HINT if name == "password1" else ""


class SignUpForm(OwnMessages, library.SignupForm):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["username"].help_text = NAME_HINT
        self.fields["username"].widget.attrs.update(NAME_FIELD)
        self.fields["password1"].label = LABELS["password"]


class SignInForm(OwnMessages, library.LoginForm):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["login"].widget.attrs.update(NAME_FIELD, autocomplete="username")


class NewEmailForm(OwnMessages, library.AddEmailForm):
    pass


class ForgottenPasswordForm(OwnMessages, library.ResetPasswordForm):
    users: list[User]

    def clean_email(self) -> str:
        email: str = super().clean_email()
        self.users = [user for user in self.users if may_reset_by(user, email)]
        return email


class ReplacedPasswordForm(OwnMessages, library.ResetPasswordKeyForm):
    ends_tokens = forms.BooleanField(
        required=False, label=_("End all access tokens and connected programs too")
    )
    user: User | None

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["ends_tokens"].help_text = TOKENS_HINT
        if self.user and is_unproved(self.user):
            del self.fields["ends_tokens"]  # they end in any case

    @transaction.atomic
    def save(self) -> None:
        super().save()
        if self.user:
            recover_account(self.user, ends_tokens=self.cleaned_data.get("ends_tokens", False))


class ChangedPasswordForm(OwnMessages, library.ChangePasswordForm):
    pass


class FirstPasswordForm(OwnMessages, library.SetPasswordForm):
    pass


class ConfirmAccessForm(OwnMessages, library.ReauthenticateForm):
    pass
