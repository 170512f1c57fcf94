"""How often passwords and codes may be guessed: by whoever guesses, so that nobody can keep somebody else out.

A browser that has signed in to an account before shows a signed cookie and has a count of its own. All others are counted by account
and network, then by network, and last by account: so many that one network alone never uses that count up.

source  https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.core.rate_limits import Standing, client_address, count, uncount

from .errors import TooManyAttempts
from .models import User

DEVICE_COOKIE, DEVICE_SALT = "known_device", "accounts.known-device"
DEVICE_SECONDS = 365 * 24 * 3600


class AttemptKey(StrEnum):
    PASSWORD = "password"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Limits:
    """How many attempts there are in a window, each as (number, seconds).

    by_device   one browser that has signed in to the account before
    by_both     one network at one account
    by_network  one network at all accounts
    by_account  all networks at one account
    """

    by_device: tuple[int, int]
    by_both: tuple[int, int]
    by_network: tuple[int, int]
    by_account: tuple[int, int]


LIMITS = {
    AttemptKey.PASSWORD: Limits(
        by_device=(10, 300), by_both=(5, 300), by_network=(20, 300), by_account=(100, 3600)
    ),
    # of a million codes one is right at a time
    AttemptKey.CODE: Limits(
        by_device=(10, 900), by_both=(5, 900), by_network=(20, 900), by_account=(60, 3600)
    ),
}


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt that was counted before anybody knows whether it is right: attempts made at once all count."""

    counted: tuple[Standing, ...]

    def was_right(self) -> None:
        """Count it no longer."""
        for standing in self.counted:
            uncount(standing)


def begin_attempt(request: HttpRequest, guess: AttemptKey, account: str) -> Attempt:
    """Count an attempt at an account (`account_of`).

    raises  TooManyAttempts
    """
    limits = LIMITS[guess]
    device = _known_device(request, account)
    if device:
        return Attempt((_count(guess, f"device:{device}", limits.by_device, _from_here),))
    network = client_address(request)
    # Each count is made only if the one before it is not used up: who is refused uses nothing up for others.
    return Attempt(
        (
            _count(guess, f"both:{account}:{network}", limits.by_both, _from_here),
            _count(guess, f"network:{network}", limits.by_network, _from_here),
            _count(guess, f"account:{account}", limits.by_account, _from_elsewhere),
        )
    )


def _count(guess: AttemptKey, who: str, limit: tuple[int, int], words) -> Standing:  # type: ignore[no-untyped-def]
    number, seconds = limit
    standing = count(who, f"attempts-{guess}", number, seconds=seconds)
    if standing.is_over:
        raise TooManyAttempts(
            words(-(-standing.seconds // 60)), headers={"Retry-After": str(standing.seconds)}
        )
    return standing


def _from_here(minutes: int) -> str:
    return ngettext(
        "Too many attempts from your network. Try again in %(minutes)s minute, or reset your password.",
        "Too many attempts from your network. Try again in %(minutes)s minutes, or reset your password.",
        minutes,
    ) % {"minutes": minutes}


def _from_elsewhere(minutes: int) -> str:
    return _(
        "Too many attempts at this account from many networks. Use a browser where you have signed in before, "
        "reset your password, or try again in %(minutes)s minutes."
    ) % {"minutes": minutes}


def account_of(login: str) -> str:
    """Return what a name or an e-mail address is counted as: both are one account; what nobody has is counted alike."""
    key = login.strip().casefold()
    pk = User.objects.filter(username__iexact=key).values_list("pk", flat=True).first()
    if pk is None:
        pk = (
            EmailAddress.objects.filter(email__iexact=key)
            .order_by("-verified")
            .values_list("user_id", flat=True)
            .first()
        )
    return account_of_user(pk) if pk else f"none:{sha256(key.encode()).hexdigest()}"


def account_of_user(pk: int) -> str:
    return f"user:{pk}"


def remember_device(response: HttpResponse, user: User) -> None:
    """Give a browser that has just signed in the cookie that it is known by; a changed password makes it a stranger again."""
    facts = {
        "account": account_of_user(user.pk),
        "password": user.get_session_auth_hash()[:16],
        "device": secrets.token_hex(8),
    }
    response.set_cookie(
        DEVICE_COOKIE,
        signing.dumps(facts, salt=DEVICE_SALT),
        max_age=DEVICE_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _known_device(request: HttpRequest, account: str) -> str:
    """Return the name of the browser if it has signed in to the account before, else nothing."""
    try:
        facts = signing.loads(
            request.COOKIES.get(DEVICE_COOKIE, ""), salt=DEVICE_SALT, max_age=DEVICE_SECONDS
        )
    except signing.BadSignature:
        return ""
    user = (
        User.objects.filter(pk=account.removeprefix("user:")).first() if facts["account"] == account else None
    )
    is_known = user is not None and constant_time_compare(
        facts["password"], user.get_session_auth_hash()[:16]
    )
    return str(facts["device"]) if is_known else ""
