"""Refusals about the upstream index."""

from __future__ import annotations

from apps.core.errors import NotFound, Refusal, Unavailable


class UpstreamNotFound(NotFound):
    code = "UpstreamNotFound"
    default = "The upstream index does not have this."


class UpstreamUnavailable(Unavailable):
    code = "UpstreamUnavailable"
    default = "The upstream index does not answer, and this is not in the cache."


class UpstreamWrong(Refusal):
    """The upstream index sent what its own page contradicts."""

    status = 502
    code = "UpstreamWrong"
    title = "Upstream wrong"
    default = "The upstream index sent another file than it announced. Nothing was kept."
