"""Rate limits by person, job or address, and the headers that report them."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import ceil

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from limits import RateLimitItemPerSecond
from limits.storage import RedisStorage
from limits.strategies import FixedWindowRateLimiter, RateLimiter, SlidingWindowCounterRateLimiter
from redis.exceptions import RedisError

from apps.core.actor import Actor, ActorKind
from apps.core.declaration import declared
from apps.core.errors import TooMany

from .error_renderers import render_refusal
from .rest_paths import is_rest_path

log = structlog.get_logger(__name__)
Handler = Callable[[HttpRequest], HttpResponse]
LOOPBACK_IP, UNKNOWN_IP = "127.0.0.1", "0.0.0.0"  # noqa: S104


@dataclass(frozen=True, slots=True)
class RateLimitState:
    """A client's remaining requests after one was counted.

    resource        name of the limit
    client          whose requests are counted together
    reset_seconds   time until more requests are allowed
    window_seconds  length of the window
    """

    resource: str
    client: str
    limit: int
    remaining: int
    reset_seconds: int
    window_seconds: int
    is_exceeded: bool

    def headers_for(self, path: str) -> dict[str, str]:
        """Return the headers that report the limit; hub clients parse a form that is no RFC 9651 list.

        source  draft-ietf-httpapi-ratelimit-headers-09; huggingface_hub `parse_ratelimit_headers`
        """
        policy = f'"{self.resource}";q={self.limit};w={self.window_seconds}'
        return {
            "RateLimit": f'"{self.resource}";r={self.remaining};t={self.reset_seconds}',
            "RateLimit-Policy": policy if is_rest_path(path) else f'"sliding window";{policy}',
        }


def resource_of(path: str) -> str | None:
    """Return the resource that counts requests to a path; None if they are not limited."""
    return next((limit.resource for limit in declared().rate_limits if limit.matches(path)), None)


def client_ip(request: HttpRequest) -> str:
    """Return a client's IP address as the outermost trusted proxy reported it.

    A server in front that connects through a Unix socket has no address and counts as one more trusted proxy.
    Entries that the client itself sent in X-Forwarded-For precede those of trusted proxies and are ignored.
    """
    peer = request.META.get("REMOTE_ADDR") or ""
    trusted = settings.TRUSTED_PROXY_COUNT + (0 if peer else 1)
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    text = hops[-min(trusted, len(hops))] if trusted and hops else peer
    if not text:
        return LOOPBACK_IP
    return _parse_ip(text) or _parse_ip(peer) or UNKNOWN_IP


def _parse_ip(text: str) -> str:
    """Return the IP address of a hop, which some proxies write with a port, or an empty string."""
    bare = text.rpartition(":")[0] if text.count(":") == 1 or "]:" in text else text
    try:
        address = ipaddress.ip_address(bare.strip("[]").partition("%")[0])
    except ValueError:
        return ""
    return str(getattr(address, "ipv4_mapped", None) or address)


def client_address(request: HttpRequest) -> str:
    """Return the address to count by: for IPv6 the /64 network, since one client can use all of it."""
    address = ipaddress.ip_address(client_ip(request))
    return str(address) if address.version == 4 else str(ipaddress.ip_network(f"{address}/64", strict=False))


def client_of(request: HttpRequest, actor: Actor) -> str:
    """Return the client that is counted: a job, a person with all their tokens, or an address."""
    if actor.kind is ActorKind.JOB:
        return f"job:{actor.job_id}"
    return f"person:{actor.user_id}" if actor.is_signed_in else f"address:{client_address(request)}"


@cache
def _storage() -> RedisStorage:
    return RedisStorage(str(settings.CACHES["default"]["LOCATION"]))


def count(client: str, resource: str, limit: int, *, seconds: int = 0) -> RateLimitState:
    """Count a request in a sliding window. Nothing is limited while Valkey is unreachable.

    The window is approximated from two counters per client, the older one weighted by its overlap: an exact
    window would store a timestamp for each of up to 100,000 requests.

    seconds  length of the window, or 0 for the default
    """
    window_seconds = seconds or settings.RATE_LIMIT_SECONDS
    return _hit(SlidingWindowCounterRateLimiter(_storage()), client, resource, limit, window_seconds)


def count_attempt(client: str, resource: str, limit: int, *, seconds: int) -> RateLimitState:
    """Count an attempt in a window that starts with the first one; `uncount` reverts a legitimate one."""
    return _hit(FixedWindowRateLimiter(_storage()), client, resource, limit, seconds)


def uncount(state: RateLimitState) -> None:
    item = RateLimitItemPerSecond(state.limit, state.window_seconds, state.resource)
    try:
        FixedWindowRateLimiter(_storage()).hit(item, state.client, cost=-1)
    except RedisError:
        log.info("rate_limit.not_uncounted", resource=state.resource)


def _hit(limiter: RateLimiter, client: str, resource: str, limit: int, seconds: int) -> RateLimitState:
    item = RateLimitItemPerSecond(limit, seconds, resource)
    try:
        is_allowed = limiter.hit(item, client)
        reset_time, remaining = limiter.get_window_stats(item, client)
    except RedisError as error:
        log.warning("rate_limit.uncounted", error=str(error))
        return RateLimitState(resource, client, limit, limit, seconds, seconds, is_exceeded=False)
    reset_seconds = max(1, min(seconds, ceil(reset_time - time.time())))
    return RateLimitState(
        resource, client, limit, remaining if is_allowed else 0, reset_seconds, seconds, not is_allowed
    )


def count_request(request: HttpRequest) -> RateLimitState | None:
    """Count a request against the limit of its resource; None if it has no limit."""
    resource, actor = resource_of(request.path), request.actor  # type: ignore[attr-defined]
    if resource is None or actor.kind is ActorKind.WORKER:
        return None
    limit = settings.RATE_LIMITS[resource]["signed_in" if actor.is_signed_in else "anonymous"]
    return count(client_of(request, actor), resource, limit) if limit else None


def rate_limits(get_response: Handler) -> Handler:
    """Refuse clients above their limit, and report the remaining requests to the others."""

    def middleware(request: HttpRequest) -> HttpResponse:
        state = count_request(request)
        if state is None:
            return get_response(request)
        if state.is_exceeded:
            log.info("request.limited", resource=state.resource, path=request.path)
            message = f"Limit of {state.limit} requests in {state.window_seconds} seconds exceeded."
            response = render_refusal(
                request, TooMany(message, headers={"Retry-After": str(state.reset_seconds)})
            )
        else:
            response = get_response(request)
        for name, value in state.headers_for(request.path).items():
            response[name] = value
        return response

    return middleware
