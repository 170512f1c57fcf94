"""Parsing of query parameters and JSON bodies, and responses of the hub API."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.gzip import gzip_page

from apps.core.errors import BadRequest
from apps.core.web.bodies import FORM_LIMIT_BYTES
from apps.core.web.http import read_body
from apps.core.web.pagination import next_link
from apps.core.web.params import BadJson, parse_flag, parse_int, parse_json_object
from apps.registry.repos.addresses import Address, RepoKind

JSON_LIMIT_BYTES = FORM_LIMIT_BYTES
View = Callable[..., HttpResponseBase]


def compress_response(view: View) -> View:
    """Compress the JSON of a view if the client accepts gzip. Not for responses with secrets (BREACH)."""
    return wraps(view)(gzip_page(view))


def gzipped_json(request: HttpRequest, gzipped: bytes) -> HttpResponse:
    """Return JSON that is already compressed, decompressed for clients that do not accept gzip."""
    accepts_gzip = "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(
        gzipped if accepts_gzip else gzip.decompress(gzipped), content_type="application/json"
    )
    response["Vary"] = "Accept-Encoding"
    if accepts_gzip:
        response["Content-Encoding"] = "gzip"
    return response


def json_object(text: bytes, what: str = "The body") -> dict[str, Any]:
    """Parse a JSON object (raises BadRequest)."""
    try:
        return parse_json_object(text)
    except BadJson as error:
        raise BadRequest(f"{what} {error}") from None


def json_body(request: HttpRequest, limit: int = JSON_LIMIT_BYTES) -> dict[str, Any]:
    """Return the JSON object in the body; an empty body is an empty object.

    raises  BadRequest, TooLarge
    """
    text = read_body(request, limit=limit)
    return json_object(text) if text.strip() else {}


def body_text(body: dict[str, Any], key: str, default: str | None = None, *, limit: int = 1000) -> str:
    """Return a string of a JSON object.

    raises  BadRequest if it is not a string, too long, or absent without a default
    """
    value = body.get(key)
    if value is None and default is not None:
        return default
    if not isinstance(value, str) or len(value) > limit:
        raise BadRequest(f'"{key}" must be a string of at most {limit} characters.')
    return value


def query_values(request: HttpRequest, name: str) -> list[str]:
    """Return the values of a query parameter, `name` or `name[]`."""
    return [*request.GET.getlist(name), *request.GET.getlist(f"{name}[]")]


def query_str(request: HttpRequest, name: str) -> str | None:
    values = query_values(request, name)
    return values[-1] if values else None


def query_bool(request: HttpRequest, name: str) -> bool:
    """Return whether a flag of the query is on; an invalid value counts as off."""
    return parse_flag(query_str(request, name) or "") is True


def query_limit(request: HttpRequest, *, default: int, most: int) -> int:
    """Return the requested page size, at most `most`.

    raises  BadRequest
    """
    limit = parse_int(query_str(request, "limit") or str(default), least=1)
    if limit is None:
        raise BadRequest('"limit" must be a positive whole number.')
    return min(limit, most)


def address_of(kind: RepoKind, text: str) -> Address:
    """Parse `owner/name`.

    raises  BadRequest
    """
    try:
        return Address.of_kind(kind, text)
    except ValueError:
        raise BadRequest(f'"{text[:120]}" must have the form owner/name.') from None


def absolute_url(request: HttpRequest, path: str) -> str:
    """Return the absolute URL of a path."""
    return request.build_absolute_uri(path)


def format_timestamp(moment: datetime) -> str:
    """source  huggingface_hub `parse_datetime`"""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def list_response(
    request: HttpRequest, items: list[Any], *, next_cursor: str | None = None, path: str = ""
) -> JsonResponse:
    """Return a page of a list.

    next_cursor  None on the last page
    path         path of the next page, by default that of the request
    """
    response = JsonResponse(items, safe=False)
    set_next_link(request, response, next_cursor, path)
    return response


def set_next_link(
    request: HttpRequest, response: HttpResponseBase, next_cursor: str | None, path: str = ""
) -> None:
    """Set the `Link` header to the next page, if there is one; parameters as in `list_response`."""
    if next_cursor:
        response["Link"] = next_link(request, next_cursor, path)
