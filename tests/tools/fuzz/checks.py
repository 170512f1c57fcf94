"""A check of the REST API that schemathesis does not have: valid requests can be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import schemathesis
from schemathesis.generation import GenerationMode

# what no schema tells: a cursor is valid for the query that gave it, a kind needs the repository;
# and the coverage phase of schemathesis sends If-Match: 0, whatever the pattern of the header
OPAQUE = frozenset({"cursor", "repo_kind", "If-Match"})
UNREAD = frozenset({400, 405, 413, 415})


def is_unread(status: int, problem: Mapping[str, Any]) -> bool:
    """Return whether a refusal says that a request cannot be read for a reason that its schema tells."""
    named = {error.get("parameter") or error.get("header") for error in problem.get("errors", [])}
    return status in UNREAD and not named & OPAQUE


@schemathesis.check
def valid_requests_are_read(ctx: Any, response: Any, case: Any) -> None:
    if case.meta is None or case.meta.generation.mode is not GenerationMode.POSITIVE:
        return
    # the site refuses NUL in every URL, which a string may have by its schema
    if response.status_code in UNREAD and "%00" not in response.request.url:
        problem = response.json()
        assert not is_unread(response.status_code, problem), f"A valid request is refused: {problem}"
