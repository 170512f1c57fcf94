"""Email ownership and account recovery after a password reset."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction

from ..models import User
from .sessions import end_sessions
from .tokens import revoke_tokens_of


def can_reset_with(user: User, email: str) -> bool:
    """Return whether a password reset link can be sent to an address.

    It must be confirmed, or be the address from sign-up while the account has no confirmed one.
    """
    rows = EmailAddress.objects.filter(user=user, verified=True)
    return rows.filter(email__iexact=email).exists() or (
        not rows.exists() and user.email.casefold() == email.casefold()
    )


def has_no_confirmed_email(user: User) -> bool:
    """Return whether ownership of the account was never proven by email."""
    return not EmailAddress.objects.filter(user=user, verified=True).exists()


@transaction.atomic
def recover_account(user: User, *, ends_tokens: bool = False) -> None:
    """End the sessions of an account whose password was reset by email, and optionally its tokens.

    If no address was confirmed before, the link is the first proof of ownership: someone else may have signed
    up with this address. All other ways into the account are therefore removed.
    """
    end_sessions(user)
    was_unconfirmed = has_no_confirmed_email(user)
    if ends_tokens or was_unconfirmed:
        revoke_tokens_of(user)
    if was_unconfirmed:
        Authenticator.objects.filter(user=user).delete()
        EmailAddress.objects.filter(user=user).exclude(email__iexact=user.email).delete()
        _confirm_primary_email(user)


def _confirm_primary_email(user: User) -> None:
    email = user.email.lower()
    EmailAddress.objects.get_or_create(user=user, email=email)
    address = EmailAddress.objects.get(user=user, email=email)
    if address.set_verified():
        address.set_as_primary()
        release_address(address)


@transaction.atomic
def release_address(address: EmailAddress) -> None:
    """Remove a confirmed address from all other accounts, where it is unconfirmed."""
    EmailAddress.objects.filter(email__iexact=address.email, verified=False).exclude(
        user=address.user
    ).delete()
    User.objects.filter(email__iexact=address.email).exclude(pk=address.user_id).update(email="")
