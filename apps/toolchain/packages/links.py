"""Paths of files of the index."""

from __future__ import annotations

from urllib.parse import quote


def file_path(key: str, filename: str) -> str:
    return f"/packages/{key}/{quote(filename)}"


def upstream_path(key: str, filename: str) -> str:
    """Return the path of a file of the upstream index."""
    return f"/packages/{key}/upstream/{quote(filename)}"
