"""Describing operations in the OpenAPI document."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_serializer,
)
from rest_framework import serializers

from apps.core.web.policies import policy_of

from .query import checks_query

View = TypeVar("View", bound=Callable[..., Any])
Shape = TypeVar("Shape", bound=type[serializers.BaseSerializer[Any]])

CURSOR = OpenApiParameter("cursor", str, description="next_cursor of the previous page.")
LIMIT = OpenApiParameter(
    "limit", {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}, description="Items per page."
)
PROBLEM_TYPE = "application/problem+json"
REASONS = {
    400: "The request is malformed.",
    401: "Credentials are missing or invalid.",
    403: "You or this kind of credential lack permission.",
    404: "Not found, or not visible to you.",
    409: "Conflicts with existing data.",
    412: "The resource has changed since you read it.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    416: "The range starts beyond the end of the file.",
    422: "Some fields are not valid.",
    429: "Too many requests.",
    507: "The disk is full.",
}
EXAMPLE = "Example"
PROBLEM_EXAMPLE = {
    "type": "https://example.com/api/v1/docs#problem-NotFound",
    "title": "Not found",
    "status": 404,
    "detail": "Not found.",
    "code": "NotFound",
    "request_id": "1f0c9a7d2b3e4f5a6b7c8d9e",
}


def with_example(value: Any, **options: Any) -> Callable[[Shape], Shape]:
    """Give a serializer an example, shown for it and for pages of it."""

    def decorate(shape: Shape) -> Shape:
        shape.example = value  # type: ignore[attr-defined]
        examples = [OpenApiExample(EXAMPLE, value=value, **options)]
        return extend_schema_serializer(examples=examples)(shape)

    return decorate


class ProblemErrorSerializer(serializers.Serializer[Any]):
    """What is wrong with one part of a request. One of `pointer`, `parameter` and `header` names it."""

    pointer = serializers.CharField(
        required=False, help_text="JSON Pointer into the body, such as #/inputs/0/name."
    )
    parameter = serializers.CharField(required=False, help_text="Name of a query parameter.")
    header = serializers.CharField(required=False, help_text="Name of a header.")
    code = serializers.CharField(help_text="Stable identifier for programs, such as required.")
    detail = serializers.CharField(help_text="A sentence for people; may change.")


@with_example(PROBLEM_EXAMPLE, media_type=PROBLEM_TYPE, status_codes=[str(status) for status in REASONS])
class ProblemSerializer(serializers.Serializer[Any]):
    """An error in the format of RFC 9457. `code` is stable; some codes have members of their own."""

    type = serializers.CharField(help_text="URL that documents the code.")
    title = serializers.CharField(help_text="The code in words.")
    status = serializers.IntegerField(help_text="The HTTP status.")
    detail = serializers.CharField(help_text="A sentence for people; may change.")
    code = serializers.CharField(help_text="Stable identifier for programs.")
    request_id = serializers.CharField(help_text="Id of the request in the site's logs.")
    errors = ProblemErrorSerializer(
        many=True, required=False, help_text="What is wrong with each part of the request."
    )


def responses_of(success: Mapping[int, Any], *problems: int) -> dict[Any, Any]:
    """Return the responses of an operation: its success and its problems."""
    responses: dict[Any, Any] = dict(success)
    for status in problems:
        responses[(status, PROBLEM_TYPE)] = OpenApiResponse(ProblemSerializer, REASONS[status])
    return responses


def operation(
    name: str,
    tag: str,
    response: Any,
    *problems: int,
    status: int = 200,
    body: Any = None,
    params: Sequence[OpenApiParameter] = (),
    **options: Any,
) -> Callable[[View], View]:
    """Describe an operation; `document.complete` adds what all operations share.

    params  of path and query; the view refuses other query parameters
    """
    facts = {"operation_id": name, "tags": [tag], "parameters": list(params), "request": body, **options}
    describe = extend_schema(**facts, responses=responses_of({status: response}, *problems))

    return lambda view: describe(checks_query(params)(view))


def in_query(name: str, kind: Any = str, about: str = "", **options: Any) -> OpenApiParameter:
    return OpenApiParameter(name, kind, description=about, **options)


def in_path(name: str, about: str, kind: Any = str, **options: Any) -> OpenApiParameter:
    return OpenApiParameter(name, kind, OpenApiParameter.PATH, description=about, **options)


def page_of(
    shape: type[serializers.BaseSerializer[Any]], name: str = ""
) -> type[serializers.Serializer[Any]]:
    """Return the serializer for one page of a list."""
    fields = {
        "items": shape(many=True),
        "next_cursor": serializers.CharField(
            allow_null=True, help_text="Pass it as cursor to get the next page; null on the last page."
        ),
        "__doc__": "One page of a list.",
    }
    page = type(name or f"{shape.__name__.removesuffix('Serializer')}Page", (serializers.Serializer,), fields)
    example = getattr(shape, "example", None)
    return with_example({"items": [example], "next_cursor": None})(page) if example is not None else page


class ApiSchema(AutoSchema):
    """Takes the summary from the docstring's first sentence and the security from the policy."""

    def _sentences(self) -> tuple[str, str]:
        text = " ".join((super().get_description() or "").split())
        first, _stop, rest = text.partition(". ")
        return first.removesuffix("."), rest

    def get_summary(self) -> str | None:
        return self._sentences()[0] or None

    def get_description(self) -> str:  # type: ignore[override]
        return self._sentences()[1]

    def get_auth(self) -> list[dict[str, list[str]]]:
        super().get_auth()  # registers the schemes in the document
        found = policy_of(self.view, self.method)
        if found is None:
            return []
        ways: list[dict[str, list[str]]] = [{name: []} for name in found.credentials]
        return [*ways, {}] if found.admits_anonymous else ways

    def get_extensions(self) -> dict[str, str]:
        policy = policy_of(self.view, self.method)
        return {"x-for": policy.words if policy else ""}


class StrictBody(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Declares that request bodies allow no additional properties."""

    target_class = "apps.core.rest.body.Body"
    match_subclasses = True

    def map_serializer(
        self, auto_schema: AutoSchema, direction: Literal["request", "response"]
    ) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer(  # type: ignore[no-untyped-call]
            self.target, direction, bypass_extensions=True
        )
        return schema | {"additionalProperties": False}


class ActorScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Programs send a Bearer token; browsers have a session."""

    target_class = "apps.core.rest.authentication.ActorAuthentication"
    name = ["AccessToken", "Session"]

    def get_security_definition(self, auto_schema: object) -> list[dict[str, str]]:
        token = {
            "type": "http",
            "scheme": "bearer",
            "description": "An access token from your settings, or a short-lived key issued by the site.",
        }
        session = "A signed-in browser. Requests that change data also need the X-CSRFToken header."
        return [token, {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": session}]
