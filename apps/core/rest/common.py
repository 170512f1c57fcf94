"""Headers, parameters and problems that operations of the REST API have in common."""

from __future__ import annotations

from typing import Any

PROBLEM_TYPE = "application/problem+json"
# status: name of the response and its description
PROBLEMS = {
    400: (
        "BadRequest",
        "The request cannot be read: a header, a parameter, a cursor or the JSON of the body.",
    ),
    401: (
        "Unauthenticated",
        "Credentials are missing or invalid. Also for what anonymous requests do not see.",
    ),
    403: ("Forbidden", "You or this kind of credential lack permission."),
    404: ("NotFound", "Not found, or not visible to you."),
    409: ("Conflict", "Conflicts with existing data, or with a running request of the same Idempotency-Key."),
    412: ("PreconditionFailed", "The resource has changed since you read it."),
    413: ("TooLarge", "The body is too large."),
    415: ("UnsupportedMediaType", "The body is not of the documented media type."),
    416: ("RangeNotSatisfiable", "The range starts beyond the end of the file."),
    422: ("ValidationFailed", "The request is understood, but values in it are not valid."),
    429: ("TooManyRequests", "Too many requests; wait as long as Retry-After says."),
    503: ("ServiceUnavailable", "Busy; wait as long as Retry-After says."),
    507: ("DiskFull", "The disk is full."),
}
REASONS = {status: about for status, (_name, about) in PROBLEMS.items()}
PROBLEM_EXAMPLE = {
    "type": "https://example.com/api/v1/docs#problem-ValidationFailed",
    "title": "Values are not valid",
    "status": 422,
    "detail": "Some fields are not valid.",
    "code": "ValidationFailed",
    "request_id": "1f0c9a7d2b3e4f5a6b7c8d9e",
    "errors": [{"pointer": "#/name", "code": "required", "detail": "This field is required."}],
}


# descriptions of fields that mean the same in every resource, where a serializer does not say more
WORDS = {
    "created_at": "When it was created.",
    "updated_at": "When it last changed.",
    "display_name": "Name shown to people.",
    "next_cursor": "Pass it as cursor to get the next page; null on the last page.",
    "sha256": "SHA-256 of the content, in hex.",
    "size_bytes": "Size in bytes.",
    "total_count": "How many there are on all pages.",
    "url": "URL of its page.",
}


def _header(about: str, kind: str = "string", **options: Any) -> dict[str, Any]:
    return {"description": about, "schema": {"type": kind, **options}}


HEADERS: dict[str, Any] = {
    "RequestId": _header("Id of the request in the site's logs."),
    "RateLimit": _header('What is left of a limit, such as `"api";r=19990;t=120`: requests and seconds.'),
    "RateLimitPolicy": _header('The limit, such as `"api";q=20000;w=300`: requests in a window of seconds.'),
    "EntityTag": _header("Send it back in If-None-Match to revalidate, or in If-Match to update."),
    "NextPage": _header('URL of the next page with rel="next" (RFC 8288); absent on the last page.'),
    "MadeAt": _header("Path of the created resource on this site.", format="uri-reference"),
    "Place": _header("Where the content is.", format="uri-reference"),
    "Replayed": _header(
        "`true` if this is the stored response to an earlier request with the same Idempotency-Key."
    ),
    "RetryAfter": _header("Seconds to wait.", "integer"),
    "Deprecated": _header("When the operation was deprecated (RFC 9745), such as @1798761600."),
    "Sunset": _header("When the operation may be gone (RFC 8594)."),
    "Challenge": _header("How to authenticate (RFC 9110, section 11.6.1)."),
}


def _request_header(name: str, about: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "header", "description": about, "schema": {"type": "string", **schema}}


PARAMETERS: dict[str, Any] = {
    "IdempotencyKey": _request_header(
        "Idempotency-Key",
        "A unique string for each operation, such as a UUID. "
        "Repeating the same request with it within a day returns the stored response.",
        minLength=1,
        maxLength=255,
        pattern="^[!-~]+$",
    ),
    "IfMatch": _request_header(
        "If-Match",
        "The ETag you read. The request fails with 412 if the resource has changed since.",
        pattern=r'^(\*|(W/)?"[!#-~]*"( *, *(W/)?"[!#-~]*")*)$',
    ),
    "IfNoneMatch": _request_header(
        "If-None-Match", "The ETag you have. Returns 304 without a body if the resource is unchanged."
    ),
}
ON_EVERY_RESPONSE = {
    "X-Request-Id": "RequestId",
    "RateLimit": "RateLimit",
    "RateLimit-Policy": "RateLimitPolicy",
}


def header_references(names: dict[str, str]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{part}"} for name, part in names.items()}


def shared_responses() -> dict[str, Any]:
    """Return the responses that many operations have, by name."""
    content = {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    wait = {"Retry-After": "RetryAfter"}
    extra = {401: {"WWW-Authenticate": "Challenge"}, 429: wait, 503: wait}
    found: dict[str, Any] = {
        name: {
            "description": about,
            "headers": header_references(ON_EVERY_RESPONSE | extra.get(status, {})),
            "content": content,
        }
        for status, (name, about) in PROBLEMS.items()
    }
    headers = header_references(ON_EVERY_RESPONSE | {"ETag": "EntityTag"})
    return found | {"NotModified": {"description": "Not modified.", "headers": headers}}


def response_reference(status: int) -> dict[str, str]:
    name = "NotModified" if status == 304 else PROBLEMS[status][0]
    return {"$ref": f"#/components/responses/{name}"}
