"""Uploads that count against a namespace's quota."""

from __future__ import annotations

from collections.abc import Collection

from apps.registry.blobs.unreferenced import incoming_bytes
from apps.registry.repos.models import Repo


def uploading_bytes(namespace_ids: Collection[int]) -> dict[int, int]:
    """Return namespace id -> bytes sent to its repositories that are not part of a large file yet."""
    repos = Repo.objects.filter(deleted_at=None)
    return {one: incoming_bytes(repos.filter(namespace_id=one).values("pk")) for one in namespace_ids}
