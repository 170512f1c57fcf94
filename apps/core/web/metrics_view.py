"""`/metrics` for Prometheus: for the holder of the metrics token, or staff."""

from __future__ import annotations

import os
import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from apps.core.actor import Actor
from apps.core.errors import NotFound

from .policies import Policy, requires


def _is_allowed(request: HttpRequest) -> bool:
    sent = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if (
        settings.METRICS_TOKEN
        and sent
        and secrets.compare_digest(sent.encode(), settings.METRICS_TOKEN.encode())
    ):
        return True
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor.is_staff


def _admit(request: HttpRequest) -> None:
    if not _is_allowed(request):
        raise NotFound


METRICS = Policy("metrics", "metrics token or staff", open=_admit)


@requires(METRICS)
def metrics(request: HttpRequest) -> HttpResponse:
    """Counters of all web processes in Prometheus' text form."""
    registry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
