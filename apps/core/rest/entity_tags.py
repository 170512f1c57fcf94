"""Entity tags of resources: on what is read, on what a change returns, and as its condition.

A tag of a resource that changes by itself, as a counter does, has two parts, "state.rest": caches compare the
whole, a change with If-Match compares the state.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.urls import Resolver404, resolve
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from apps.core.errors import InvalidHeader, error_at
from apps.core.web.etags import etag_of, matches_etag

_TAGS = re.compile(r'\s*(\*|(W/)?"[^"]*"(\s*,\s*(W/)?"[^"]*")*)\s*')


def resource_tag(data: Any, volatile: frozenset[str]) -> str:
    """Return the entity tag of a resource.

    volatile  fields that change by themselves
    """
    if not volatile or not isinstance(data, Mapping):
        return _hash(data)
    state = {name: value for name, value in data.items() if name not in volatile}
    rest = {name: data[name] for name in volatile & set(data)}
    first, second = (_hash(part).strip('"') for part in (state, rest))
    return f'"{first}.{second[:8]}"'


def _hash(data: Any) -> str:
    """Return the entity tag of JSON, whatever the order of its names: a new value may have another one."""
    return etag_of(json.dumps(data, cls=JSONEncoder, sort_keys=True, separators=(",", ":")).encode())


def matches_state(condition: str, tag: str) -> bool:
    """Return whether an If-Match header names the state that an entity tag names."""
    return matches_etag(_states(condition), _states(tag))


def _states(tags: str) -> str:
    return re.sub(r'\.[0-9a-f]{8}"', '"', tags)


def check_condition(condition: str, header: str = "If-Match") -> None:
    """raises  InvalidHeader if a condition is no list of entity tags"""
    if not _TAGS.fullmatch(condition):
        words = 'Send an ETag in its quotes, several separated by commas, or "*".'
        raise InvalidHeader(f"{header}: {words}", errors=[error_at(words, header=header)])


def tag_of_change(view: Any, method: str, response: Response, names: dict[str, Any]) -> str:
    """Return the entity tag of the resource that a change returns; empty if it returns something else.

    A new resource is at its Location. Its tag is that of a read if both are described by the same shape.
    """
    handler = getattr(view, method.lower())
    if response.status_code == 201 and "Location" in response:
        view, names = _view_at(response["Location"])
    read = getattr(view, "get", None)
    if read is None or shape_of(read) is None or shape_of(read) is not shape_of(handler):
        return ""
    tag: str = view.tag(response, **names)
    return tag


def shape_of(handler: Any) -> Any:
    """Return the shape that the operation of a handler returns."""
    return getattr(handler, "shape", None)


def _view_at(location: str) -> tuple[Any, dict[str, Any]]:
    try:
        found = resolve(urlsplit(location).path)
    except Resolver404:
        return None, {}
    make = getattr(found.func, "cls", None)
    return (make() if make else None), found.kwargs
