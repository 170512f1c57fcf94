"""Storage that counts against a namespace's quota."""

from __future__ import annotations

from django.db.models import Sum

from apps.registry.blobs.selectors import stored_bytes as large_bytes
from apps.registry.blobs.unreferenced import incoming_bytes
from apps.registry.repos.models import Repo


def stored_bytes(namespace_id: int) -> int:
    """Return the bytes that count against a namespace's storage quota.

    These are all versions of its large files, the regular files of default branches, and uncommitted uploads.
    """
    repos = Repo.objects.filter(namespace_id=namespace_id, deleted_at=None)
    keys = repos.values("pk")
    regular = repos.aggregate(total=Sum("regular_bytes"))["total"] or 0
    return regular + large_bytes(keys) + incoming_bytes(keys)
