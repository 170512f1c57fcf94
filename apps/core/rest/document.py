"""Completes the OpenAPI document with the headers, parameters and problems common to all operations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps.core.declaration import api_tags

from .schema import EXAMPLE, PROBLEM_EXAMPLE, PROBLEM_TYPE, REASONS

METHODS = ("get", "post", "put", "patch", "delete")
PROBLEM = {"$ref": "#/components/schemas/Problem"}
HEADERS: dict[str, Any] = {
    "RequestId": {"schema": {"type": "string"}, "description": "Id of the request in the site's logs."},
    "EntityTag": {
        "schema": {"type": "string"},
        "description": "Send it back in If-None-Match to revalidate, or in If-Match to update.",
    },
    "NextPage": {
        "schema": {"type": "string"},
        "description": 'URL of the next page with rel="next" (RFC 8288); absent on the last page.',
    },
    "MadeAt": {
        "schema": {"type": "string", "format": "uri-reference"},
        "description": "URL of the created resource.",
    },
    "RetryAfter": {"schema": {"type": "integer"}, "description": "Seconds to wait."},
}
PARAMETERS: dict[str, Any] = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
        "description": (
            "A unique string for each operation, such as a UUID. "
            "Repeating the same request with it within a day returns the stored response."
        ),
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "schema": {"type": "string"},
        "description": "The ETag you read. The request fails with 412 if the resource has changed since.",
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "schema": {"type": "string"},
        "description": "The ETag you have. Returns 304 without a body if the resource is unchanged.",
    },
}


def v1_endpoints(endpoints: list[Any], **options: object) -> list[Any]:
    """Limit the document to /api/v1; docs/protocols covers the hub protocol."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/api/v1/")]


def complete(result: dict[str, Any], generator: object, request: object, public: bool) -> dict[str, Any]:
    """Add what every operation of a method has in common (drf-spectacular post-processing hook)."""
    result["components"] |= {"headers": HEADERS, "parameters": PARAMETERS}
    result["tags"] = [{"name": tag.name, "description": tag.about or tag.title} for tag in api_tags()]
    for calls in result["paths"].values():
        for method in METHODS:
            if method in calls:
                _add_common(method, calls[method], has_read="get" in calls)
    return result


def _add_common(method: str, operation: dict[str, Any], *, has_read: bool) -> None:
    has_body = "requestBody" in operation
    statuses = [400, 401, 403, 429, *([413, 415, 422] if has_body else [])]
    given: list[str] = []
    if method == "get":
        given = ["IfNoneMatch"]
        operation["responses"].setdefault("304", {"description": "Not modified."})
    elif method == "post":
        given, statuses = ["IdempotencyKey"], [*statuses, 409, 422]
    elif has_read:
        given, statuses = ["IfMatch"], [*statuses, 412]
    operation.setdefault("parameters", []).extend(
        {"$ref": f"#/components/parameters/{name}"} for name in given
    )
    for status in statuses:
        content = {"schema": PROBLEM, "examples": {EXAMPLE: {"value": PROBLEM_EXAMPLE}}}
        problem = {"content": {PROBLEM_TYPE: content}, "description": REASONS[status]}
        operation["responses"].setdefault(str(status), problem)
    operation["responses"] = dict(sorted(operation["responses"].items()))
    for status, response in operation["responses"].items():
        _add_headers(method, status, response)


def _add_headers(method: str, status: str, response: dict[str, Any]) -> None:
    names = {"X-Request-Id": "RequestId"}
    if method == "get" and status in ("200", "304"):
        names["ETag"] = "EntityTag"
    if status == "201":
        names["Location"] = "MadeAt"
    if status == "429":
        names["Retry-After"] = "RetryAfter"
    if _shape_of(response).endswith("Page"):
        names["Link"] = "NextPage"
    headers = response.setdefault("headers", {})
    for name, reference in names.items():
        headers.setdefault(name, {"$ref": f"#/components/headers/{reference}"})


def _shape_of(holder: Mapping[str, Any]) -> str:
    for content in holder.get("content", {}).values():
        return str(content.get("schema", {}).get("$ref", "")).rpartition("/")[2]
    return ""
