"""The storage quota of a namespace, checked before a commit or an upload."""

from __future__ import annotations

from apps.business.usage.meters import Meter
from apps.business.usage.services import check_limit
from apps.registry.repos.models import Repo


def check_quota(repo: Repo, added_bytes: int, *, counted_bytes: int = 0) -> None:
    """Refuse a commit or an upload that would exceed the storage quota of the repository's owner.

    Large files are checked again when they are linked, under the lock of the owner's total, so that
    concurrent uploads cannot exceed it together. Regular files are counted after their commit; concurrent
    commits may exceed the quota by those.

    counted_bytes  part of added_bytes that already counts as stored
    raises         OverQuota
    """
    check_limit(repo.namespace_id, Meter.STORAGE_BYTES, added_bytes, counted=counted_bytes)
