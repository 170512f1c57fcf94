"""Prometheus counters of the web process."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog
from django.http import HttpRequest, HttpResponse
from prometheus_client import Counter, Histogram

log = structlog.get_logger(__name__)
REQUESTS = Counter(
    "banyan_requests_total", "Requests by method, route and status", ["method", "route", "status"]
)
SECONDS = Histogram("banyan_request_seconds", "Seconds until the response began", ["method", "route"])


@dataclass(slots=True)
class Observation:
    response: HttpResponse | None = None


@contextmanager
def observe(request: HttpRequest) -> Iterator[Observation]:
    """Count a request under its route's pattern, never its raw path."""
    began, observation = time.perf_counter(), Observation()
    try:
        yield observation
    finally:
        match = request.resolver_match
        route = match.route if match else "unmatched"
        status = observation.response.status_code if observation.response else 500
        method = request.method or ""
        REQUESTS.labels(method, route, str(status)).inc()
        seconds = time.perf_counter() - began
        SECONDS.labels(method, route).observe(seconds)
        log.info(
            "request", method=method, path=request.path, status=status, milliseconds=round(seconds * 1000, 1)
        )
