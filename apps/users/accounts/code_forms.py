"""Rate-limited forms for authenticator and recovery codes."""

from __future__ import annotations

from typing import Any

from allauth.core import context
from allauth.mfa.base import forms as library
from allauth.mfa.totp.forms import ActivateTOTPForm

from .attempts import AttemptKey, account_of_user, begin_attempt


class CodeLimitMixin:
    """Counts each attempt before the code is checked."""

    user: Any

    def clean_code(self) -> str:
        attempt = begin_attempt(context.request, AttemptKey.CODE, account_of_user(self.user.pk))
        code: str = super().clean_code()  # type: ignore[misc]
        attempt.uncount()
        return code


class SignInWithCodeForm(CodeLimitMixin, library.AuthenticateForm):
    pass


class ConfirmWithCodeForm(CodeLimitMixin, library.ReauthenticateForm):
    pass


class ActivateCodeForm(CodeLimitMixin, ActivateTOTPForm):
    pass
