"""How many jobs may be queued or running."""

from __future__ import annotations

from apps.business.usage.meters import Meter
from apps.business.usage.services import check_limit
from apps.users.accounts.models import User


def check_active_jobs(namespace_id: int, user: User | None) -> None:
    """Check the limits of the person who submits a job and of the namespace that owns it.

    raises  OverQuota
    """
    owners = {namespace_id} | ({user.namespace_id} if user else set())
    for owner_id in sorted(owners):
        check_limit(owner_id, Meter.ACTIVE_JOBS, 1)
