"""How often the storage routes may be asked, and how often a shard may name a xorb that its sender does not have."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from apps.core.cache import CachedValue
from apps.core.errors import TooMany
from apps.core.rate_limits import client_address, count
from apps.registry.blobs.xet.errors import MalformedShard


class Resource(StrEnum):
    """Keys of `RATE_LIMITS`."""

    REQUESTS = "xet"
    UNKNOWN_XORBS = "xet_unknown_xorbs"


def count_request(request: HttpRequest, user_id: int | None) -> None:
    """raises  TooMany; clients try again after some seconds"""
    limit = settings.RATE_LIMITS[Resource.REQUESTS]["anonymous" if user_id is None else "signed_in"]
    if not limit:
        return
    state = count(_who(user_id) or f"address:{client_address(request)}", Resource.REQUESTS, limit)
    if state.is_exceeded:
        raise TooMany(
            _("Too many requests of one upload or download."),
            headers={"Retry-After": str(state.reset_seconds)},
        )


def refuse_guessing(user_id: int | None) -> None:
    """raises  TooMany for those whose shards named too many xorbs that they do not have"""
    seconds = _blocked(0).get(user_id)
    if seconds:
        words = _("Too many shards named a xorb that is not stored. Try again later.")
        raise TooMany(words, headers={"Retry-After": str(seconds)})


@contextmanager
def counts_guesses(user_id: int | None) -> Iterator[None]:
    """Count a shard that is refused for a xorb that its sender does not have. A real client sends few of these."""
    try:
        yield
    except MalformedShard as refusal:
        limit = settings.RATE_LIMITS[Resource.UNKNOWN_XORBS]["signed_in"]
        if limit and refusal.code == UNKNOWN:
            state = count(_who(user_id), Resource.UNKNOWN_XORBS, limit)
            if state.is_exceeded:
                _blocked(state.reset_seconds).set(state.reset_seconds, user_id)
        raise


UNKNOWN = "UnknownXorb"


def _who(user_id: int | None) -> str:
    return "" if user_id is None else f"person:{user_id}"


def _blocked(seconds: int) -> CachedValue[int]:
    """Who has to wait: how long, at most, kept for that long."""
    return CachedValue("xet-blocked", int, seconds=seconds)
