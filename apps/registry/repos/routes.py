"""URL patterns below the address of a repository, for the pages and the REST API of every app."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.urls import URLPattern, path, register_converter

from apps.users.accounts.converters import NamespaceName

from . import converters
from .addresses import PREFIXES

converters.register()
register_converter(NamespaceName, "owner")

# the address of a repository in the REST API
API_REPO = "api/v1/repos/<str:kind>/<ns:namespace>/<name:name>"


def repo_routes(pages: Iterable[tuple[str, Callable[..., Any], str]]) -> list[URLPattern]:
    """Return the routes of pages of every kind of repository.

    pages  suffix of the address, view, and name of the route without the kind
    """
    listed = list(pages)
    return [
        path(
            f"{prefix}<owner:namespace>/<name:name>{suffix}",
            view,
            {"kind": kind},
            name=f"{kind.value}_{name}",
        )
        for kind, prefix in PREFIXES.items()
        for suffix, view, name in listed
    ]
