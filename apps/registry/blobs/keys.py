"""The keys of large objects in the store."""

from __future__ import annotations

BLOB_FOLDER, XORB_FOLDER, PART_FOLDER = "sha256", "xorbs", "parts"
INDEX = ".index"


def blob_key(sha256: str) -> str:
    return f"{BLOB_FOLDER}/{sha256[:2]}/{sha256[2:4]}/{sha256}"


def xorb_key(hash: str) -> str:
    return f"{XORB_FOLDER}/{hash[:2]}/{hash[2:4]}/{hash}"


def index_key(hash: str) -> str:
    return f"{xorb_key(hash)}{INDEX}"


def whole_key(upload_id: object) -> str:
    """Return the key of a direct upload before it is verified."""
    return f"{PART_FOLDER}/{upload_id}/whole"


def part_key(upload_id: object, number: int) -> str:
    return f"{PART_FOLDER}/{upload_id}/{number:05d}"
