"""What a confirmed address and a password reset by mail settle: whose an e-mail address is, and what of an account ends."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction

from ..models import User
from .sessions import end_sessions
from .tokens import revoke_tokens_of


def may_reset_by(user: User, email: str) -> bool:
    """Return whether a link to choose a new password may be sent to an address.

    That is one that the person has confirmed, or the one given at sign-up as long as they have confirmed none.
    """
    rows = EmailAddress.objects.filter(user=user, verified=True)
    return rows.filter(email__iexact=email).exists() or (
        not rows.exists() and user.email.casefold() == email.casefold()
    )


def is_unproved(user: User) -> bool:
    """Return whether nobody has shown yet that an address of the account is theirs."""
    return not EmailAddress.objects.filter(user=user, verified=True).exists()


@transaction.atomic
def recover_account(user: User, *, ends_tokens: bool = False) -> None:
    """Settle what a new password, chosen through a link in a mail, ends besides the old one: all sessions, and tokens if asked.

    Where no address was confirmed before, the link is the first proof of whose the account is. Whatever was made until then may be
    the work of somebody who signed up with another person's address, so all ways into the account end.
    """
    end_sessions(user)
    was_unproved = is_unproved(user)
    if ends_tokens or was_unproved:
        revoke_tokens_of(user)
    if was_unproved:
        Authenticator.objects.filter(user=user).delete()
        EmailAddress.objects.filter(user=user).exclude(email__iexact=user.email).delete()
        _prove(user)


def _prove(user: User) -> None:
    email = user.email.lower()
    EmailAddress.objects.get_or_create(user=user, email=email)
    address = EmailAddress.objects.get(user=user, email=email)
    if address.set_verified():
        address.set_as_primary()
        release_address(address)


@transaction.atomic
def release_address(address: EmailAddress) -> None:
    """Take a confirmed address away from all others who gave it and did not show that it is theirs."""
    EmailAddress.objects.filter(email__iexact=address.email, verified=False).exclude(
        user=address.user
    ).delete()
    User.objects.filter(email__iexact=address.email).exclude(pk=address.user_id).update(email="")
