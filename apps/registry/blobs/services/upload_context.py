"""Who uploads to which repository."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class UploadContext:
    """An upload that the caller has authorized.

    uploader  who may reference the uploaded xorbs later: the user, or a token or job of its own
    """

    repo_key: UUID
    user_id: int | None = None
    uploader: str = ""
