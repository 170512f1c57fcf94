"""Policies of the fleet: they open the worker of the URL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from apps.core.actor import Need
from apps.core.web.http import HubRequest
from apps.core.web.policies import Policy
from apps.toolchain.jobs.models import Worker

from .access import worker_for


def _opener(need: Need) -> Callable[..., Worker]:
    def open_worker(request: HubRequest, *, worker_id: UUID, lock: bool = False) -> Worker:
        return worker_for(request.actor, worker_id, need, lock=lock)

    return open_worker


ONE: dict[str, Any] = {"takes": ("worker_id",), "gives": "worker"}
WORKER_READ = Policy(
    "worker-read", "admins of the worker's owner, and staff", open=_opener(Need.READ), need=Need.READ, **ONE
)
WORKER_WRITE = Policy(
    "worker-write",
    "admins of the worker's owner, and staff, to change it",
    open=_opener(Need.WRITE),
    need=Need.WRITE,
    **ONE,
)
POLICIES = [WORKER_READ, WORKER_WRITE]
