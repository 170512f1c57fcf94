"""Adapters of django-allauth: accounts, second factors, OpenID Connect claims."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from smtplib import SMTPException
from typing import Any
from urllib.parse import urlsplit

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.idp.oidc.adapter import DefaultOIDCAdapter
from allauth.idp.oidc.models import PrivateKey
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Refusal
from apps.core.moderation.selectors import ban_of, is_sign_up_paused
from apps.core.moderation.services.proof import is_solved
from apps.core.moderation.services.rules import LEAST_SECONDS
from apps.core.moderation.services.trust import set_proof
from apps.core.moderation.submissions import facts_of
from apps.core.web.rate_limits import client_ip

from .actors import check_account
from .attempts import AttemptKey, account_of, begin_attempt, remember_device
from .models import NamespaceKind, User, drawn_avatar_url
from .oauth import SCOPES, signing_key
from .selectors import OrganizationRole, organizations_of
from .services import check_name, create_namespace

log = structlog.get_logger(__name__)
TOO_MANY = _("Too many attempts. Try again in a few minutes.")


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("This account is disabled."),
        "username_password_mismatch": _("Incorrect username or password."),
        "email_password_mismatch": _("Incorrect email or password."),
        "enter_current_password": _("Incorrect current password."),
        "incorrect_password": _("Incorrect password."),
        "incorrect_code": _("Incorrect code."),
        "email_taken": _("An account with this email already exists."),
        "duplicate_email": _("This email address is already on your account."),
        "max_email_addresses": _("You can add at most %d email addresses."),
        "unknown_email": _("No account uses this email address."),
        "unverified_login": _("This email address isn't confirmed yet. Sign in with your username."),
        "banned": _("You can't use this email address here."),
        "rate_limited": TOO_MANY,
        "too_many_login_attempts": TOO_MANY,
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.SIGN_UP) and not is_sign_up_paused()

    def clean_username(self, username: str, shallow: bool = False) -> str:
        try:
            check_name(username)
        except Refusal as refusal:
            raise refusal.as_form_error() from None
        return username

    @transaction.atomic
    def save_user(self, request, user, form, commit=True):  # type: ignore[no-untyped-def]
        """Create the user's namespace in the same transaction."""
        user = super().save_user(request, user, form, commit=False)
        user.namespace = create_namespace(user.username, kind=NamespaceKind.PERSON)
        user.save()
        set_proof(user.pk, has_proof=_has_proof(request))
        return user

    def set_password(self, user: User, password: str) -> None:
        """Clear the requirement to replace a one-time password."""
        user.must_change_password = False
        super().set_password(user, password)

    def validate_unique_email(self, email: str) -> str:
        """Reject confirmed addresses only, so that nobody can block an address that is not theirs."""
        if EmailAddress.objects.is_verified(email):
            raise self.validation_error("email_taken")
        return email

    def clean_email(self, email: str) -> str:
        """Reject addresses of a banned mail domain, and everything from a banned network."""
        email = super().clean_email(email)
        ip = client_ip(context.request) if context.request else ""
        if ban_of(email=email, ip=ip):
            raise self.validation_error("banned")
        return email

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_ip(request)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Skip the rate limit of the library, which counts by login alone; `authenticate` applies ours."""

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """Check a password. Attempts are counted before the check, and unconfirmed addresses cannot sign in.

        raises  TooManyAttempts, ValidationError
        """
        login = credentials.get("username") or credentials.get("email") or ""
        attempt = begin_attempt(request, AttemptKey.PASSWORD, account_of(login))
        user: AbstractBaseUser | None = super().authenticate(request, **credentials)
        if user is None:
            return None
        attempt.uncount()
        if (
            "@" in login
            and not EmailAddress.objects.filter(user=user, email__iexact=login, verified=True).exists()
        ):
            raise self.validation_error("unverified_login")
        return user

    def pre_login(self, request: HttpRequest, user: User, **facts: Any) -> HttpResponse | None:
        """Refuse, after the password or key was right, who may not sign in (raises AccountSuspended)."""
        check_account(user.pk)
        response: HttpResponse | None = super().pre_login(request, user, **facts)
        return response

    def post_login(self, request: HttpRequest, user: User, **facts: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **facts)
        remember_device(response, user)
        return response

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send an email. An unreachable mail server does not fail the request: the link can be sent again."""
        try:
            super().send_mail(template_prefix, email, context)
        except (OSError, SMTPException) as error:
            log.error("mail.failed", template=template_prefix, error=str(error))

    def format_email_subject(self, subject: str) -> str:
        return f"[{settings.SITE_NAME}] {subject}"


def _has_proof(request: HttpRequest) -> bool:
    """Return whether the sign-up form was sent by a browser that did its work, at the pace of a person."""
    facts = facts_of(request)
    is_quick = facts.seconds is not None and facts.seconds < LEAST_SECONDS
    return is_solved(request.POST.get("altcha", "")) and not facts.honeypot and not is_quick


class MfaAdapter(DefaultMFAAdapter):
    """Encrypts stored second factors with a key derived from SECRET_KEY."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("Incorrect code."),
        "unverified_email": _(
            "Confirm your email address first. Without it, losing your second factor would lock you out."
        ),
    }

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Use the host of the request instead of PUBLIC_URL, because browsers bind passkeys to it."""
        host = urlsplit(f"//{context.request.requested_host}").hostname or ""
        return {**super().get_public_key_credential_rp_entity(), "id": host}

    @property
    def _cipher(self) -> Fernet:
        return Fernet(
            base64.urlsafe_b64encode(hashlib.sha256(b"mfa" + settings.SECRET_KEY.encode()).digest())
        )

    def encrypt(self, text: str) -> str:
        return self._cipher.encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return self._cipher.decrypt(encrypted_text.encode()).decode()


class OidcAdapter(DefaultOIDCAdapter):
    """Claims about a user.

    source  the hub's own user info: preferred_username, profile, website, orgs
    """

    scope_display = SCOPES

    def list_private_keys(self, **filters: Any) -> list[PrivateKey]:
        return [PrivateKey(pem=signing_key())]

    def get_claims(
        self,
        purpose: Any,
        user: Any,
        client: Any,
        scopes: Iterable[str],
        email: str | None = None,
        **rest: Any,
    ) -> dict[str, Any]:
        claims: dict[str, Any] = super().get_claims(purpose, user, client, scopes, email=email, **rest)
        if not claims.get("email_verified", True):
            # applications match accounts by email, and not all of them check email_verified
            del claims["email"]
        if "profile" in scopes:
            namespace = user.namespace
            claims |= {"name": namespace.title, "preferred_username": user.username, "isPro": False}
            claims |= {
                "profile": self.request.build_absolute_uri(namespace.get_absolute_url()),
                "website": namespace.website,
            }
            claims |= {
                "picture": self.request.build_absolute_uri(namespace.image_url),
                "orgs": [self._organization(role) for role in organizations_of(user)],
            }
        return claims

    def _organization(self, role: OrganizationRole) -> dict[str, Any]:
        """source  huggingface_hub `OAuthOrgInfo`"""
        claims = {
            "sub": str(role.namespace_id),
            "name": role.full_name,
            "preferred_username": role.name,
            "roleInOrg": role.hub_role,
        }
        avatar = self.request.build_absolute_uri(role.avatar_url or drawn_avatar_url(role.name))
        return {**claims, "picture": avatar, "isEnterprise": False}

    def populate_server_metadata(self, data: dict[str, Any]) -> None:
        data["scopes_supported"] = list(SCOPES)
