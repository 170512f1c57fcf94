"""Liveness (`/healthz`) and readiness (`/readyz`)."""

from __future__ import annotations

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from apps.core.cache import CachedValue
from apps.core.queue import check_queue
from apps.core.web.policies import PUBLIC, requires


@requires(PUBLIC)
def healthz(request: HttpRequest) -> HttpResponse:
    """Return 200 while the process runs."""
    return JsonResponse({"status": "ok", "version": settings.VERSION})


def _check(probe: object) -> bool:
    try:
        probe()  # type: ignore[operator]
    except Exception:
        return False
    return True


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _cache() -> None:
    CachedValue("readyz", int, seconds=5).set(1)


def _disk() -> None:
    settings.REPOSITORIES_ROOT.mkdir(parents=True, exist_ok=True)
    probe = settings.REPOSITORIES_ROOT / ".readyz"
    probe.write_bytes(b"")
    probe.unlink(missing_ok=True)


@requires(PUBLIC)
def readyz(request: HttpRequest) -> HttpResponse:
    """Return 200 if the database, Redis, the workers' queue and the disk work, else 503."""
    checks = {
        "database": _check(_database),
        "redis": _check(_cache),
        "queue": _check(check_queue),
        "disk": _check(_disk),
    }
    return JsonResponse(
        {"ready": all(checks.values()), **checks}, status=200 if all(checks.values()) else 503
    )
