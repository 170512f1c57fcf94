"""Rate limits of the storage routes, and of shards that refer to xorbs unknown to their uploader."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from apps.core.cache import CachedValue
from apps.core.errors import TooMany
from apps.core.web.rate_limits import client_address, count
from apps.registry.blobs.xet.errors import MalformedShard

UNKNOWN = "UnknownXorb"


class Resource(StrEnum):
    """Keys of `RATE_LIMITS`."""

    REQUESTS = "xet"
    UNKNOWN_XORBS = "xet_unknown_xorbs"


def count_request(request: HttpRequest, user_id: int | None) -> None:
    """raises  TooMany; clients retry after some seconds"""
    limit = settings.RATE_LIMITS[Resource.REQUESTS]["anonymous" if user_id is None else "signed_in"]
    if not limit:
        return
    state = count(_rate_key(user_id) or f"address:{client_address(request)}", Resource.REQUESTS, limit)
    if state.is_exceeded:
        raise TooMany(
            _("Too many requests. Try again in a few seconds."),
            headers={"Retry-After": str(state.reset_seconds)},
        )


def check_guesses(user_id: int | None) -> None:
    """raises  TooMany if the user's shards referred to too many unknown xorbs"""
    seconds = _blocked(0).get(user_id)
    if seconds:
        message = _("Too many shards refer to xorbs that are not stored. Try again later.")
        raise TooMany(message, headers={"Retry-After": str(seconds)})


@contextmanager
def count_guesses(user_id: int | None) -> Iterator[None]:
    """Count shards that are refused because of an unknown xorb. A genuine client rarely sends one."""
    try:
        yield
    except MalformedShard as refusal:
        limit = settings.RATE_LIMITS[Resource.UNKNOWN_XORBS]["signed_in"]
        if limit and refusal.code == UNKNOWN:
            state = count(_rate_key(user_id), Resource.UNKNOWN_XORBS, limit)
            if state.is_exceeded:
                _blocked(state.reset_seconds).set(state.reset_seconds, user_id)
        raise


def _rate_key(user_id: int | None) -> str:
    return "" if user_id is None else f"person:{user_id}"


def _blocked(seconds: int) -> CachedValue[int]:
    """Return the cached waiting times of blocked users, in seconds."""
    return CachedValue("xet-blocked", int, seconds=seconds)
