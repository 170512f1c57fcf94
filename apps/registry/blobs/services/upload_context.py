"""Whose bytes come in."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class UploadContext:
    """The repository that bytes are brought to and the person who brings them; the caller opened its door.

    uploader  who remembers what was sent: the person, unless a job or a token of its own is told apart from them
    """

    repo_key: UUID
    user_id: int | None = None
    uploader: str = ""
