"""Refusals in the shape of the OpenAI API.

source  openai-python `_base_client.py` `_make_status_error`, `_should_retry`; OpenAI API, "Error codes"
"""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse

from apps.core.errors import BadRequest, NotFound, Refusal

STATUSES = {422: 400, 413: 400, 416: 400}
TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
CODES = {
    "UploadedFileNotFound": "file_not_found",
    "FileUploadNotFound": "resource_missing",
    "FineTuneNotFound": "fine_tune_not_found",
    "ModelNameNotFound": "model_not_found",
    "RepoNotFound": "model_not_found",
    "NamespaceNotFound": "invalid_organization",
    "TooManyRequests": "rate_limit_exceeded",
    "FileUploadOver": "resource_missing",
}
INSUFFICIENT_QUOTA = "insufficient_quota"
PASSING = ("StillStopping", "IdempotencyKeyInUse", "Unavailable")


class Invalid(BadRequest):
    """A request that cannot be taken. param: the field; reason: the code of the API"""

    code = "InvalidRequest"
    default = "The request is not valid."

    def __init__(self, message: str = "", *, param: str | None = None, reason: str = "invalid_value") -> None:
        super().__init__(message, param=param, reason=reason)


class UnknownUrl(NotFound):
    """A route of the API that this site does not have."""

    code = "UnknownUrl"
    default = "This site does not have this part of the API."

    def __init__(self, message: str = "") -> None:
        super().__init__(message, reason="unknown_url")


def missing(param: str) -> Invalid:
    return Invalid(
        f"Missing required parameter: '{param}'.", param=param, reason="missing_required_parameter"
    )


def unsupported(param: str, message: str) -> Invalid:
    return Invalid(message, param=param, reason="unsupported_parameter")


# a route of Xet clients
TELEMETRY = "/v1/telemetry"


def is_openai_path(path: str) -> bool:
    return (path == "/v1" or path.startswith("/v1/")) and path != TELEMETRY


def render(request: HttpRequest, refusal: Refusal) -> JsonResponse:
    """Render a refusal; what a repetition cannot change is marked, since clients retry 409 and 429."""
    is_quota = refusal.code in ("OverQuota", "TooManyUploadedFiles")
    status = 429 if is_quota else STATUSES.get(refusal.status, refusal.status)
    error = {
        "message": refusal.message,
        "type": INSUFFICIENT_QUOTA if is_quota else _type_of(status),
        "param": _param_of(refusal),
        "code": INSUFFICIENT_QUOTA if is_quota else _code_of(refusal),
    }
    response = JsonResponse({"error": error}, status=status)
    response["X-Error-Code"] = refusal.code
    if is_quota or (status == 409 and refusal.code not in PASSING):
        response["x-should-retry"] = "false"
    if status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def _type_of(status: int) -> str:
    return TYPES.get(status, "server_error" if status >= 500 else "invalid_request_error")


def _param_of(refusal: Refusal) -> str | None:
    param = refusal.facts.get("param")
    fields = refusal.facts.get("fields")
    return str(param) if param else next(iter(fields), None) if isinstance(fields, dict) else None


def _code_of(refusal: Refusal) -> str | None:
    if reason := refusal.facts.get("reason"):
        return str(reason)
    if refusal.code in CODES:
        return CODES[refusal.code]
    if refusal.status == 401:
        return "invalid_api_key"
    return "invalid_value" if refusal.status in (413, 422) else None
