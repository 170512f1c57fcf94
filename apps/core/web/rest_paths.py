"""Paths of the REST API, in every version."""

from __future__ import annotations

import re

DOCS = "/api/v1/docs"
_VERSIONED = re.compile(r"/api/v\d+(/|$)")


def is_rest_path(path: str) -> bool:
    """Return whether a path belongs to a version of the REST API, even to one that does not exist."""
    return _VERSIONED.match(path) is not None


def has_problems(path: str) -> bool:
    """Return whether a path reports refusals as problem+json; the reference is a page for people."""
    return is_rest_path(path) and path != DOCS and not path.startswith(f"{DOCS}/")
