"""The count of a repository's stored bytes, which its links keep up to date."""

from __future__ import annotations

from uuid import UUID

from apps.business.usage.models import StoredItem
from apps.business.usage.services import lock_item

from ..models import STORED_SOURCE


def lock_count(repo_key: UUID) -> StoredItem:
    """Lock the count of a repository's bytes, before its links change and until the transaction ends."""
    return lock_item(STORED_SOURCE, repo_key)
