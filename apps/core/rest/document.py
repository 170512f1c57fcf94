"""Completes the OpenAPI document: what all operations have in common, and one name for what is repeated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from apps.core.declaration import api_tags

from .common import (
    HEADERS,
    ON_EVERY_RESPONSE,
    PARAMETERS,
    PROBLEM_TYPE,
    header_references,
    response_reference,
    shared_responses,
)
from .components import METHODS, operations_of, share_parameters
from .enums import name_constants, name_enums

__all__ = ["METHODS", "complete", "v1_endpoints"]


def v1_endpoints(endpoints: list[Any], **options: object) -> list[Any]:
    """Limit the document to /api/v1; docs/protocols covers the hub protocol."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/api/v1/")]


def complete(result: dict[str, Any], generator: object, request: object, public: bool) -> dict[str, Any]:
    """Add what every operation of a method has in common (drf-spectacular post-processing hook)."""
    result["servers"] = [{"url": settings.PUBLIC_URL, "description": settings.SITE_NAME}]
    result["tags"] = [{"name": tag.name, "description": tag.about or tag.title} for tag in api_tags()]
    result["components"] |= {
        "headers": dict(HEADERS),
        "parameters": dict(PARAMETERS),
        "responses": shared_responses(),
    }
    internal = {tag.name for tag in api_tags() if tag.is_internal}
    for path, method, operation in operations_of(result):
        _add_common(method, operation, result["paths"][path].get("get"))
        if internal & set(operation["tags"]):
            operation["x-internal"] = True
    name_enums(result)
    name_constants(result)
    share_parameters(result)
    return result


def _add_common(method: str, operation: dict[str, Any], read: Mapping[str, Any] | None) -> None:
    """Complete an operation; `read` is the one that a condition of it refers to."""
    has_body = "requestBody" in operation
    if has_body:
        # one without a required field is {}, not nothing
        operation["requestBody"]["required"] = True
    statuses = [400, 401, 403, 429, *([413, 415, 422] if has_body else [])]
    if operation.pop("x-hides"):
        statuses.append(404)
    given: list[str] = []
    if method == "get":
        given, statuses = ["IfNoneMatch"], [*statuses, 304]
    elif method == "post":
        given, statuses = ["IdempotencyKey"], [*statuses, 409, 422]
    elif read:
        given, statuses = ["IfMatch"], [*statuses, 412, *([404] if "404" in read["responses"] else [])]
    operation.setdefault("parameters", []).extend(
        {"$ref": f"#/components/parameters/{name}"} for name in given
    )
    responses = {
        status: response_reference(int(status)) if PROBLEM_TYPE in answer.get("content", {}) else answer
        for status, answer in operation["responses"].items()
    }
    for status in statuses:
        responses.setdefault(str(status), response_reference(status))
    operation["responses"] = dict(sorted(responses.items()))
    for status, answer in operation["responses"].items():
        if "$ref" not in answer:
            _add_headers(method, status, answer, is_deprecated=operation.get("deprecated", False))


def _add_headers(method: str, status: str, response: dict[str, Any], *, is_deprecated: bool) -> None:
    names = dict(ON_EVERY_RESPONSE)
    if is_deprecated:
        names |= {"Deprecation": "Deprecated", "Sunset": "Sunset"}
    if "application/json" in response.get("content", {}):
        names["ETag"] = "EntityTag"
    if status in ("201", "302"):
        names["Location"] = "MadeAt" if status == "201" else "Place"
    if method == "post":
        names["Idempotency-Replayed"] = "Replayed"
    if _shape_of(response).endswith("Page"):
        names["Link"] = "NextPage"
    response["headers"] = header_references(names) | response.get("headers", {})
    response["description"] = response.get("description") or ("Created." if status == "201" else "Success.")


def _shape_of(holder: Mapping[str, Any]) -> str:
    for content in holder.get("content", {}).values():
        return str(content.get("schema", {}).get("$ref", "")).rpartition("/")[2]
    return ""
