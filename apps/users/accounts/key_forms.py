"""Passkeys and security keys: the library's forms, with every answer of a key read as something a stranger may have made."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.mfa.webauthn import forms as library
from cryptography.exceptions import InvalidSignature
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

UNREADABLE = (
    LookupError,
    AttributeError,
    TypeError,
    ValueError,
    OverflowError,
    struct.error,
    InvalidSignature,
)


@contextmanager
def refusing_nonsense() -> Iterator[None]:
    """The library reads a key's JSON and CBOR as they come; what it stumbles over is not a key's answer."""
    try:
        yield
    except UNREADABLE:
        raise ValidationError(_("The answer of the key could not be read. Try again.")) from None


class AddKeyForm(library.AddWebAuthnForm):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["name"].label = _("Name")
        self.fields["name"].max_length = 100
        self.fields["name"].widget.attrs["maxlength"] = "100"
        self.fields["passwordless"].label = _("Sign in with it alone")
        self.fields["passwordless"].help_text = _("A passkey: the device asks for a finger, a face or a PIN.")

    def clean(self) -> dict[str, Any]:
        with refusing_nonsense():
            cleaned: dict[str, Any] = super().clean()
            return cleaned


class UseKeyForm(library.AuthenticateWebAuthnForm):
    def clean_credential(self) -> Any:
        with refusing_nonsense():
            return super().clean_credential()


class SignInWithKeyForm(UseKeyForm, library.LoginWebAuthnForm):
    pass


class ConfirmWithKeyForm(UseKeyForm, library.ReauthenticateWebAuthnForm):
    pass
