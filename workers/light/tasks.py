"""Short tasks by name; each may safely run twice."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec

import structlog
from celery import shared_task
from django.db import close_old_connections

from apps.toolchain.jobs.services import forget_streams, reap_expired, resend_waiting

log = structlog.get_logger(__name__)


@shared_task(name="light.reap_jobs")
def reap_jobs() -> None:
    """Take back jobs whose worker fell silent, and send lost messages again."""
    close_old_connections()
    lost, sent = reap_expired(), resend_waiting()
    if lost or sent:
        log.info("jobs.swept", lost=lost, sent=sent)


@shared_task(name="light.collect_leftovers")
def collect_leftovers() -> None:
    """Remove what nobody will come back for: uploads that expired, live streams of jobs that are over."""
    close_old_connections()
    log.info("leftovers.collected", streams=forget_streams(), uploads=_expired_uploads())


def _expired_uploads() -> int | None:
    """Return how many uploads were removed, or None on a site without large objects."""
    if find_spec("apps.registry.blobs.services") is None:
        return None
    collect: Callable[[], int] | None = getattr(import_module("apps.registry.blobs.services"), "collect_expired_uploads", None)
    return collect() if collect else None
