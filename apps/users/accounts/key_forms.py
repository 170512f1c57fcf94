"""Forms for passkeys and security keys that treat the response of a key as untrusted input."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.mfa.webauthn import forms as library
from cryptography.exceptions import InvalidSignature
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

PARSE_ERRORS = (
    LookupError,
    AttributeError,
    TypeError,
    ValueError,
    OverflowError,
    struct.error,
    InvalidSignature,
)


@contextmanager
def reject_malformed_responses() -> Iterator[None]:
    """Turn errors of the library, which does not validate the JSON and CBOR of a key, into form errors."""
    try:
        yield
    except PARSE_ERRORS:
        raise ValidationError(_("Couldn't read the response of the key. Try again.")) from None


class AddKeyForm(library.AddWebAuthnForm):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["name"].label = _("Name")
        self.fields["name"].max_length = 100
        self.fields["name"].widget.attrs["maxlength"] = "100"
        self.fields["passwordless"].label = _("Use as a passkey")
        self.fields["passwordless"].help_text = _(
            "Sign in without a password: your device checks a fingerprint, a face or a PIN."
        )

    def clean(self) -> dict[str, Any]:
        with reject_malformed_responses():
            cleaned: dict[str, Any] = super().clean()
            return cleaned


class UseKeyForm(library.AuthenticateWebAuthnForm):
    def clean_credential(self) -> Any:
        with reject_malformed_responses():
            return super().clean_credential()


class SignInWithKeyForm(UseKeyForm, library.LoginWebAuthnForm):
    pass


class ConfirmWithKeyForm(UseKeyForm, library.ReauthenticateWebAuthnForm):
    pass
