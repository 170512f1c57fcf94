"""Walks the URL table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver

from apps.core.web.policies import Policy, policy_of

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Route:
    path: str
    view: object
    name: str


def routes(patterns=None, prefix: str = "") -> Iterator[Route]:
    """Yield every route of the site, including nested ones."""
    for entry in patterns if patterns is not None else get_resolver().url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from routes(entry.url_patterns, path)
        elif isinstance(entry, URLPattern):
            yield Route(path, entry.callback, entry.name or "")


def policies() -> set[Policy]:
    """Return every policy of a route, for all or for single methods."""
    found = {policy_of(route.view, method) for route in routes() for method in (None, *METHODS)}
    return {policy for policy in found if policy is not None}
