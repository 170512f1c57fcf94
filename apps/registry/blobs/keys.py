"""The keys of large objects in the store."""

from __future__ import annotations

# the folders of every key
FOLDERS = ("sha256", "xorbs", "parts")


def blob_key(sha256: str) -> str:
    return f"sha256/{sha256[:2]}/{sha256[2:4]}/{sha256}"


def xorb_key(hash: str) -> str:
    return f"xorbs/{hash[:2]}/{hash[2:4]}/{hash}"


def index_key(hash: str) -> str:
    return f"{xorb_key(hash)}.index"


def whole_key(upload_id: object) -> str:
    """Return the key of a direct upload before it is verified."""
    return f"parts/{upload_id}/whole"


def part_key(upload_id: object, number: int) -> str:
    return f"parts/{upload_id}/{number:05d}"
