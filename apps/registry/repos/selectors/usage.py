"""Uploads that count against a namespace's quota."""

from __future__ import annotations

from apps.registry.blobs.unreferenced import incoming_bytes

from ..models import Repo


def uploading_bytes(namespace_id: int) -> int:
    """Return the bytes that were sent to a namespace's repositories but are not part of a large file yet."""
    return incoming_bytes(Repo.objects.filter(namespace_id=namespace_id, deleted_at=None).values("pk"))
