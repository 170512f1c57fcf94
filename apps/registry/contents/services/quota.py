"""The storage quota of a namespace, checked before a commit."""

from __future__ import annotations

from functools import partial

from apps.business.usage.models import Meter
from apps.business.usage.services import check_quota as check_usage
from apps.registry.repos.models import Repo

from ..selectors.usage import stored_bytes


def check_quota(repo: Repo, added_bytes: int, *, counted_bytes: int = 0) -> None:
    """Refuse a commit that would exceed the storage quota of its namespace.

    counted_bytes  part of added_bytes that already counts as stored
    raises         OverQuota
    """
    if added_bytes:
        in_use = partial(_in_use, repo.namespace_id, counted_bytes)
        check_usage(repo.namespace_id, Meter.STORAGE_BYTES, added_bytes, in_use=in_use)


def _in_use(namespace_id: int, counted_bytes: int) -> int:
    return max(0, stored_bytes(namespace_id) - counted_bytes)
