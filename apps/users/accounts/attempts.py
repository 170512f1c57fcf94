"""Rate limits for password and code attempts that cannot be used to lock out other people.

A browser that has signed in to the account before carries a signed cookie and has a separate limit. All
others are counted by account and network, then by network, then by account, with a limit that a single
network cannot reach.

source  https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.utils.translation import ngettext

from apps.core.web.rate_limits import RateLimitState, client_address, count_attempt, uncount

from .errors import TooManyAttempts
from .models import User

DEVICE_COOKIE, DEVICE_SALT = "known_device", "accounts.known-device"
DEVICE_SECONDS = 365 * 24 * 3600


class AttemptKey(StrEnum):
    PASSWORD = "password"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Limits:
    """Allowed attempts, each as (number, seconds).

    by_device   one known browser, one account
    by_both     one network, one account
    by_network  one network, all accounts
    by_account  all networks, one account
    """

    by_device: tuple[int, int]
    by_account_and_network: tuple[int, int]
    by_network: tuple[int, int]
    by_account: tuple[int, int]


LIMITS = {
    AttemptKey.PASSWORD: Limits(
        by_device=(10, 300), by_account_and_network=(5, 300), by_network=(20, 300), by_account=(100, 3600)
    ),
    # a code has six digits
    AttemptKey.CODE: Limits(
        by_device=(10, 900), by_account_and_network=(5, 900), by_network=(20, 900), by_account=(60, 3600)
    ),
}


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt, counted before it is checked, so that concurrent attempts all count."""

    counted: tuple[RateLimitState, ...]

    def uncount(self) -> None:
        """Remove the attempt from the counts, because it succeeded."""
        for state in self.counted:
            uncount(state)


def begin_attempt(request: HttpRequest, kind: AttemptKey, account: str) -> Attempt:
    """Count an attempt at an account (`account_of`).

    raises  TooManyAttempts
    """
    limits = LIMITS[kind]
    device = _known_device(request, account)
    if device:
        return Attempt((_count(kind, f"device:{device}", limits.by_device, _network_limit_message),))
    network = client_address(request)
    # Evaluated in order: an attempt that exceeds one limit does not count toward the next.
    return Attempt(
        (
            _count(kind, f"both:{account}:{network}", limits.by_account_and_network, _network_limit_message),
            _count(kind, f"network:{network}", limits.by_network, _network_limit_message),
            _count(kind, f"account:{account}", limits.by_account, _account_limit_message),
        )
    )


def _count(
    kind: AttemptKey, client: str, limit: tuple[int, int], message: Callable[[int], str]
) -> RateLimitState:
    number, seconds = limit
    state = count_attempt(client, f"attempts-{kind}", number, seconds=seconds)
    if state.is_exceeded:
        minutes = -(-state.reset_seconds // 60)
        raise TooManyAttempts(message(minutes), headers={"Retry-After": str(state.reset_seconds)})
    return state


def _network_limit_message(minutes: int) -> str:
    return ngettext(
        "Too many attempts from your network. Reset your password, or try again in %(minutes)s minute.",
        "Too many attempts from your network. Reset your password, or try again in %(minutes)s minutes.",
        minutes,
    ) % {"minutes": minutes}


def _account_limit_message(minutes: int) -> str:
    return ngettext(
        "Too many attempts to access this account. Use a browser where you've signed in before, "
        "reset your password, or try again in %(minutes)s minute.",
        "Too many attempts to access this account. Use a browser where you've signed in before, "
        "reset your password, or try again in %(minutes)s minutes.",
        minutes,
    ) % {"minutes": minutes}


def account_of(login: str) -> str:
    """Return the key that a username or email is counted under; unknown logins have one too."""
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
    """Set the cookie that marks a browser as known to the account until the password changes."""
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
    """Return the id of the browser if it has signed in to the account before, else an empty string."""
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
