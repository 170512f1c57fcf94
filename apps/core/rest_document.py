"""The OpenAPI document made whole: what every call has in common, and examples of every shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .rest_body import Body
from .rest_schema import PROBLEM_TYPE, REASONS

METHODS = ("get", "post", "put", "patch", "delete")
PROBLEM = {"$ref": "#/components/schemas/Problem"}
HEADERS: dict[str, Any] = {
    "RequestId": {"schema": {"type": "string"}, "description": "The request's id in the site's log."},
    "EntityTag": {
        "schema": {"type": "string"},
        "description": "Send it as If-None-Match to read again, as If-Match to change.",
    },
    "NextPage": {
        "schema": {"type": "string"},
        "description": 'The address of the next page, as rel="next" (RFC 8288); absent at the end.',
    },
    "MadeAt": {
        "schema": {"type": "string", "format": "uri-reference"},
        "description": "The address of what was made.",
    },
    "RetryAfter": {"schema": {"type": "integer"}, "description": "Seconds to wait."},
}
PARAMETERS: dict[str, Any] = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
        "description": "Any text of your own, new for each act. The same request sent again under it within a day is answered as it was.",
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "schema": {"type": "string"},
        "description": "The ETag that you read: the change is refused with 412 if there is another now.",
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "schema": {"type": "string"},
        "description": "The ETag that you have: 304 without a body if it is still the same.",
    },
}

_examples: dict[str, Any] = {}


def register_examples(found: Mapping[str, Any]) -> None:
    """Say how the shapes of the document look, by their names in it."""
    _examples.update(found)


def complete(result: dict[str, Any], generator: object, request: object, public: bool) -> dict[str, Any]:
    """Add to each operation what every one of its kind takes and answers; drf-spectacular calls this at the end."""
    schemas = result["components"]["schemas"]
    result["components"] |= {"headers": HEADERS, "parameters": PARAMETERS}
    for strict in _names(Body):
        if strict in schemas:
            schemas[strict]["additionalProperties"] = False
    for calls in result["paths"].values():
        for method in METHODS:
            if method in calls:
                _add_common(method, calls[method], has_read="get" in calls)
                _add_examples(calls[method])
    return result


def _names(parent: type[Body]) -> set[str]:
    """Return the names in the document of all shapes of bodies."""
    found: set[str] = set()
    for child in parent.__subclasses__():
        name = child.__name__.removesuffix("Serializer")
        found |= {name, f"{name}Request", *_names(child)}
    return found


def _add_common(method: str, operation: dict[str, Any], *, has_read: bool) -> None:
    has_body = "requestBody" in operation
    statuses = [400, 401, 403, 429, *([413, 415, 422] if has_body else [])]
    given: list[str] = []
    if method == "get":
        given = ["IfNoneMatch"]
        operation["responses"].setdefault("304", {"description": "Still the same."})
    elif method == "post":
        given, statuses = ["IdempotencyKey"], [*statuses, 409, 422]
    elif has_read:
        given, statuses = ["IfMatch"], [*statuses, 412]
    operation.setdefault("parameters", []).extend(
        {"$ref": f"#/components/parameters/{name}"} for name in given
    )
    for status in statuses:
        problem = {"content": {PROBLEM_TYPE: {"schema": PROBLEM}}, "description": REASONS[status]}
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


def _add_examples(operation: dict[str, Any]) -> None:
    for holder in (operation.get("requestBody", {}), *operation["responses"].values()):
        example = example_of(_shape_of(holder))
        for content in holder.get("content", {}).values():
            if example is not None:
                content.setdefault("example", example)


def example_of(shape: str) -> Any:
    """Return how a shape looks; a page looks like a list of one."""
    name = shape.removesuffix("Request") if shape not in _examples else shape
    if name in _examples:
        return _examples[name]
    item = _examples.get(name.removesuffix("Page"))
    return {"items": [item], "next_cursor": None} if name.endswith("Page") and item is not None else None


register_examples(
    {
        "Problem": {
            "type": "https://example.com/api/v1/docs#problem-RepoNotFound",
            "title": "RepoNotFound",
            "status": 404,
            "detail": "Repository not found",
            "code": "RepoNotFound",
            "request_id": "1f0c9a7d2b3e4f5a6b7c8d9e",
        }
    }
)
