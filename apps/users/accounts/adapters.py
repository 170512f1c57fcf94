"""How the account library makes people here, and keeps their second factors."""

from __future__ import annotations

import base64
import hashlib

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from apps.core.errors import Refusal

from .models import NamespaceKind
from .services import check_name, create_namespace


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return settings.SIGN_UP

    def clean_username(self, username: str, shallow: bool = False) -> str:
        try:
            check_name(username)
        except Refusal as refusal:
            raise ValidationError(refusal.message) from None
        return username

    def save_user(self, request, user, form, commit=True):  # type: ignore[no-untyped-def]
        """Take the person's namespace in the same transaction as the person."""
        user = super().save_user(request, user, form, commit=False)
        user.namespace = create_namespace(user.username, kind=NamespaceKind.PERSON)
        user.save()
        return user


class MfaAdapter(DefaultMFAAdapter):
    """Second factors are stored encrypted, under a key made of the site's secret."""

    @property
    def _cipher(self) -> Fernet:
        return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"mfa" + settings.SECRET_KEY.encode()).digest()))

    def encrypt(self, text: str) -> str:
        return self._cipher.encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return self._cipher.decrypt(encrypted_text.encode()).decode()
