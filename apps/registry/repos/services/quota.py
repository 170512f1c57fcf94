"""Room for a commit."""

from __future__ import annotations

from django.db.models import Sum

from apps.business.usage.models import Meter
from apps.business.usage.services import check_quota as check_usage
from apps.registry.blobs.selectors import stored_bytes as large_bytes
from apps.registry.blobs.unreferenced import incoming_bytes

from ..models import Repo


def stored_bytes(namespace_id: int) -> int:
    """Return what a namespace's repositories store: every version of their large files, the other files at their heads, and unfinished uploads."""
    repos = Repo.objects.filter(namespace_id=namespace_id, deleted_at=None)
    keys = repos.values("pk")
    return (repos.aggregate(total=Sum("regular_bytes"))["total"] or 0) + large_bytes(keys) + incoming_bytes(keys)


def check_quota(repo: Repo, added_bytes: int) -> None:
    """Refuse a commit that its namespace has no room for.

    raises  OverQuota
    """
    if added_bytes:
        check_usage(repo.namespace_id, Meter.STORAGE_BYTES, added_bytes, in_use=lambda: stored_bytes(repo.namespace_id))
