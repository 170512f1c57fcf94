"""The account library's forms for codes of an authenticator app and recovery codes: each try is counted before it is looked at."""

from __future__ import annotations

from typing import Any

from allauth.core import context
from allauth.mfa.base import forms as library
from allauth.mfa.totp.forms import ActivateTOTPForm

from .attempts import AttemptKey, account_of_user, begin_attempt


class CountedCode:
    user: Any

    def clean_code(self) -> str:
        attempt = begin_attempt(context.request, AttemptKey.CODE, account_of_user(self.user.pk))
        code: str = super().clean_code()  # type: ignore[misc]
        attempt.was_right()
        return code


class SignInWithCodeForm(CountedCode, library.AuthenticateForm):
    pass


class ConfirmWithCodeForm(CountedCode, library.ReauthenticateForm):
    pass


class FirstCodeForm(CountedCode, ActivateTOTPForm):
    pass
