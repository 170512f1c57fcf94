"""Room for a commit."""

from __future__ import annotations

from django.db.models import Sum

from apps.business.usage.models import Meter
from apps.business.usage.services import check_quota as check_usage

from ..models import Repo


def stored_bytes(namespace_id: int) -> int:
    """Return the bytes of all files at the heads of a namespace's repositories."""
    return Repo.objects.filter(namespace_id=namespace_id, deleted_at=None).aggregate(total=Sum("size_bytes"))["total"] or 0


def check_quota(repo: Repo, added_bytes: int) -> None:
    """Refuse a commit that its namespace has no room for.

    raises  OverQuota
    """
    if added_bytes:
        check_usage(repo.namespace_id, Meter.STORAGE_BYTES, added_bytes, in_use=stored_bytes(repo.namespace_id))
