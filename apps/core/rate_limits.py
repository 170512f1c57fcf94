"""Rate limits: how often one person, job or address may ask in a window of time, told in the headers that clients parse."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from redis.exceptions import RedisError

from .actor import Actor, ActorKind
from .cache import CachedValue
from .error_renderers import render_refusal
from .errors import TooMany

log = structlog.get_logger(__name__)
Handler = Callable[[HttpRequest], HttpResponse]
Matches = Callable[[str], bool]
THIS_MACHINE, UNKNOWN_IP = "127.0.0.1", "0.0.0.0"  # noqa: S104


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody stands in the present window.

    resource  the name of what is counted
    seconds   until the window ends
    name      under which it is counted
    """

    resource: str
    limit: int
    used: int
    seconds: int
    name: tuple[object, ...] = ()

    @property
    def is_over(self) -> bool:
        return self.used > self.limit

    @property
    def headers(self) -> dict[str, str]:
        """source  draft-ietf-httpapi-ratelimit-headers-09; huggingface_hub `parse_ratelimit_headers`"""
        left = max(0, self.limit - self.used)
        return {
            "RateLimit": f'"{self.resource}";r={left};t={self.seconds}',
            "RateLimit-Policy": f'"fixed window";"{self.resource}";q={self.limit};w={settings.RATE_LIMIT_SECONDS}',
        }


_resources: list[tuple[str, Matches]] = []


def register_resource(name: str, *, matches: Matches) -> None:
    """Declare what is counted together, by its paths; the first match wins. `RATE_LIMITS` of the settings names its limits."""
    _resources[:] = [one for one in _resources if one[0] != name]
    _resources.append((name, matches))


def resource_of(path: str) -> str | None:
    return next((name for name, matches in _resources if matches(path)), None)


def client_ip(request: HttpRequest) -> str:
    """Return the IP address of a client, as the outermost proxy that the settings trust wrote it down.

    A server in front that speaks to us through a Unix socket leaves no address of its own: it is one more trusted proxy.
    What a client itself sent in X-Forwarded-For stands before what trusted proxies added, and is not looked at.
    """
    peer = request.META.get("REMOTE_ADDR") or ""
    trusted = settings.TRUSTED_PROXY_COUNT + (0 if peer else 1)
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    text = hops[-min(trusted, len(hops))] if trusted and hops else peer
    if not text:
        return THIS_MACHINE
    return _ip_in(text) or _ip_in(peer) or UNKNOWN_IP


def _ip_in(text: str) -> str:
    """Return the IP address of a hop, which some proxies write with a port."""
    bare = text.rpartition(":")[0] if text.count(":") == 1 or "]:" in text else text
    try:
        address = ipaddress.ip_address(bare.strip("[]").partition("%")[0])
    except ValueError:
        return ""
    return str(getattr(address, "ipv4_mapped", None) or address)


def client_address(request: HttpRequest) -> str:
    """Return what of a client's address is counted: of IPv6 its network, in which one client has as many addresses as it likes."""
    address = ipaddress.ip_address(client_ip(request))
    return str(address) if address.version == 4 else str(ipaddress.ip_network(f"{address}/64", strict=False))


def who_of(request: HttpRequest, actor: Actor) -> str:
    """Return who is counted: a job, a person with all tokens, or an address."""
    if actor.kind is ActorKind.JOB:
        return f"job:{actor.job_id}"
    return f"person:{actor.user_id}" if actor.is_signed_in else f"address:{client_address(request)}"


def _counts(seconds: int) -> CachedValue[int]:
    return CachedValue("rate", int, seconds=seconds)


def count(who: str, resource: str, limit: int, *, seconds: int = 0) -> Standing:
    """Count one request; without Valkey nobody is held up.

    seconds  length of the window, or 0 for the usual one
    """
    seconds = seconds or settings.RATE_LIMIT_SECONDS
    window, into = divmod(int(time.time()), seconds)
    counts, name = _counts(seconds), (resource, who, window)
    try:
        used = 1 if counts.add(1, *name) else counts.count(*name)
    except ValueError:
        used = 1
    except RedisError as error:
        log.warning("rate_limit.uncounted", error=str(error))
        used = 0
    return Standing(resource, limit, used, seconds - into, name)


def uncount(standing: Standing) -> None:
    """Take back what was counted for nothing."""
    try:
        _counts(standing.seconds).count(*standing.name, by=-1)
    except (ValueError, RedisError):
        log.info("rate_limit.not_taken_back", resource=standing.resource)


def standing_of(request: HttpRequest) -> Standing | None:
    """Count a request and return how its sender stands; None for what is not limited."""
    resource, actor = resource_of(request.path), request.actor  # type: ignore[attr-defined]
    if resource is None or actor.kind is ActorKind.WORKER:
        return None
    limit = settings.RATE_LIMITS[resource]["signed_in" if actor.is_signed_in else "anonymous"]
    return count(who_of(request, actor), resource, limit) if limit else None


def rate_limits(get_response: Handler) -> Handler:
    """Refuse those who ask too often, and tell the others how much is left."""

    def middleware(request: HttpRequest) -> HttpResponse:
        standing = standing_of(request)
        if standing is None:
            return get_response(request)
        if standing.is_over:
            log.info("request.limited", resource=standing.resource, path=request.path)
            words = f"You have asked more than {standing.limit} times in {settings.RATE_LIMIT_SECONDS} seconds. Try again later."
            response = render_refusal(request, TooMany(words, headers={"Retry-After": str(standing.seconds)}))
        else:
            response = get_response(request)
        for name, value in standing.headers.items():
            response[name] = value
        return response

    return middleware
