"""Reading uploaded files."""

from __future__ import annotations

from apps.core.objects.folders import FolderObject, StoredObject

from .folders import FILES
from .models import File


def content_of(file: File) -> FolderObject:
    """Return a file's bytes, to read or serve."""
    return FILES.open(StoredObject(file.sha256, file.size))
