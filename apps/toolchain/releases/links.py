"""Paths of the files of releases."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from .names import SUMS


def asset_path(release: Any, name: str) -> str:
    """Return the path of a file of a release."""
    return f"/packages/{release.project.key}/releases/{quote(release.tag)}/{quote(name)}"


def sums_path(release: Any) -> str:
    return asset_path(release, SUMS)
