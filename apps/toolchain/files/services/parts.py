"""The objects of parts."""

from __future__ import annotations

from apps.core.objects.stores import object_store

from ..folders import PARTS
from ..models import FilePart, FileUpload


def part_key(upload: FileUpload, part: FilePart) -> str:
    return f"{PARTS.name}/{upload.public_id}/{part.public_id}"


def drop_parts(upload: FileUpload) -> None:
    """Delete the parts of an upload, rows and objects."""
    for entry in list(object_store().entries(f"{PARTS.name}/{upload.public_id}")):
        object_store().delete(entry.key)
    FilePart.objects.filter(upload=upload).delete()
