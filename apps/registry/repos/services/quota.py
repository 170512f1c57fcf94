"""Room for a commit."""

from __future__ import annotations

from functools import partial

from django.db.models import Sum

from apps.business.usage.models import Meter
from apps.business.usage.services import check_quota as check_usage
from apps.registry.blobs.selectors import stored_bytes as large_bytes
from apps.registry.blobs.unreferenced import incoming_bytes

from ..models import Repo


def stored_bytes(namespace_id: int) -> int:
    """Return what a namespace's repositories store.

    Every version of their large files, the other files at their heads, and what came in and is no file yet.
    """
    repos = Repo.objects.filter(namespace_id=namespace_id, deleted_at=None)
    keys = repos.values("pk")
    return (
        (repos.aggregate(total=Sum("regular_bytes"))["total"] or 0) + large_bytes(keys) + incoming_bytes(keys)
    )


def check_quota(repo: Repo, added_bytes: int, *, counted_bytes: int = 0) -> None:
    """Refuse a commit that its namespace has no room for.

    counted_bytes  what counts as stored already and becomes a part of what is added
    raises         OverQuota
    """
    if added_bytes:
        in_use = partial(_in_use, repo.namespace_id, counted_bytes)
        check_usage(repo.namespace_id, Meter.STORAGE_BYTES, added_bytes, in_use=in_use)


def _in_use(namespace_id: int, counted_bytes: int) -> int:
    return max(0, stored_bytes(namespace_id) - counted_bytes)
