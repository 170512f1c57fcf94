"""Describing operations in the OpenAPI document."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal, TypeVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers

from apps.core.web.policies import policy_of

from .body import Body
from .common import PROBLEM_EXAMPLE, PROBLEM_TYPE, REASONS, WORDS
from .components import camel
from .deprecation import Deprecation, deprecates, deprecation_of
from .enums import enum_values
from .query import checks_query

View = TypeVar("View", bound=Callable[..., Any])
Shape = TypeVar("Shape", bound=type[serializers.BaseSerializer[Any]])

CURSOR = OpenApiParameter("cursor", str, description="next_cursor of the previous page.")
LIMIT = OpenApiParameter(
    "limit", {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}, description="Items per page."
)


def with_example(value: Any) -> Callable[[Shape], Shape]:
    """Give a serializer an example, which its component shows."""

    def decorate(shape: Shape) -> Shape:
        shape.example = value  # type: ignore[attr-defined]
        return shape

    return decorate


class FieldProblem(serializers.Serializer[Any]):
    """What is wrong with one value of a request; `pointer`, `parameter` or `header` says where it is."""

    pointer = serializers.CharField(
        required=False, help_text="JSON Pointer to the value in the body, such as #/params/epochs."
    )
    parameter = serializers.CharField(required=False, help_text="Name of the query parameter.")
    header = serializers.CharField(required=False, help_text="Name of the header.")
    code = serializers.CharField(help_text="Stable identifier for programs.")
    detail = serializers.CharField(help_text="A sentence for people; may change.")


@with_example(PROBLEM_EXAMPLE)
class ProblemSerializer(serializers.Serializer[Any]):
    """An error in the format of RFC 9457. `code` is stable; further members are facts for programs."""

    type = serializers.CharField(help_text="URL that documents the code.")
    title = serializers.CharField(help_text="A short summary, the same for all errors of a code.")
    status = serializers.IntegerField(help_text="The HTTP status.")
    detail = serializers.CharField(help_text="A sentence for people; may change.")
    code = serializers.CharField(help_text="Stable identifier for programs.")
    request_id = serializers.CharField(help_text="Id of the request in the site's logs.")
    errors = FieldProblem(many=True, required=False, help_text="What is wrong with single values.")  # type: ignore[assignment]


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
    status: int | tuple[int, ...] = 200,
    body: Any = None,
    params: Sequence[OpenApiParameter] = (),
    also: Mapping[Any, Any] | None = None,
    deprecated: Deprecation | None = None,
    **options: Any,
) -> Callable[[View], View]:
    """Describe an operation; `document.complete` adds what all operations share.

    status      of success; several if a new thing and one that was there are told apart
    problems    statuses of refusals apart from those that all operations of the method have
    params      of path and query; the handler refuses other query parameters
    also        other responses by status
    deprecated  when it will be removed; its responses say so
    """
    facts = {"operation_id": name, "tags": [tag], "parameters": list(params), "request": body, **options}
    responses = responses_of({**_success(status, response), **(also or {})}, *problems)
    describe = extend_schema(**facts, responses=responses)

    def decorate(view: View) -> View:
        handler = describe(deprecates(deprecated)(checks_query(params)(view)))
        handler.shape = response  # type: ignore[attr-defined]
        return handler

    return decorate


def _success(status: int | tuple[int, ...], response: Any) -> dict[Any, Any]:
    if isinstance(status, tuple):
        return dict.fromkeys(status, response)
    if isinstance(response, Media):
        return {(status, kind): OpenApiTypes.BINARY for kind in response.kinds}
    is_stream = isinstance(response, type) and issubclass(response, EventStream)
    return {(status, "text/event-stream") if is_stream else status: response}


@dataclass(frozen=True, slots=True)
class Media:
    """A response or a body of bytes in one of some media types."""

    kinds: tuple[str, ...]

    @property
    def body(self) -> dict[str, Any]:
        return dict.fromkeys(self.kinds, OpenApiTypes.BINARY)


class EventStream(serializers.Serializer[Any]):
    """A stream of server-sent events; the data of each is the JSON of the shape."""

    shape: Any


def stream_of(shape: Any, name: str) -> type[EventStream]:
    """Return the response of an operation that streams events, whose data are of a shape."""
    return type(name, (EventStream,), {"shape": shape})


def in_query(name: str, kind: Any = str, about: str = "", **options: Any) -> OpenApiParameter:
    """Describe a parameter of the query; an enum as its kind limits it to the values of the enum."""
    if isinstance(kind, type) and issubclass(kind, Enum):
        return OpenApiParameter(name, str, description=about, enum=enum_values(kind), **options)
    if kind is str and options.get("required"):
        kind = {"type": "string", "minLength": 1}
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
    name = name or f"{shape.__name__.removesuffix('Serializer')}Page"
    return type(name, (serializers.Serializer,), fields)


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

    def is_deprecated(self) -> bool:
        return deprecation_of(self.view, self.method) is not None

    def get_extensions(self) -> dict[str, Any]:
        policy = policy_of(self.view, self.method)
        deprecation = deprecation_of(self.view, self.method)
        found = {"x-deprecation": deprecation.facts} if deprecation else {}
        return {"x-for": policy.words if policy else "", "x-hides": bool(policy and policy.hides), **found}


class Component(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Describes a serializer with its example. Defaults of requests stand in words, and
    read-only fields need no mark, since responses and requests have serializers of their own."""

    target_class = "rest_framework.serializers.Serializer"
    match_subclasses = True
    priority = -1

    def map_serializer(
        self, auto_schema: AutoSchema, direction: Literal["request", "response"]
    ) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer(  # type: ignore[no-untyped-call]
            self.target, direction, bypass_extensions=True
        )
        for name, part in schema.get("properties", {}).items():
            _tidy(part)
            if name in WORDS and "description" not in part:
                part["description"] = WORDS[name]
            if part.get("type") == ["object", "null"]:
                part["title"] = camel(name)  # else generators name the alternatives by their numbers
        if isinstance(self.target, Body):
            schema["additionalProperties"] = False
        if isinstance(self.target, ProblemSerializer):
            schema["additionalProperties"] = True
        example = vars(type(self.target)).get("example")
        return schema | ({"examples": [example]} if example is not None else {})


def _tidy(part: dict[str, Any]) -> None:
    """Remove what says nothing to a client, such as the bounds of a response's field in the database."""
    part.pop("x-spec-enum-id", None)
    if part.pop("readOnly", False):
        for word in ("maxLength", "minimum", "maximum"):
            part.pop(word, None)
    default = part.pop("default", None)
    about = part.get("description", "")
    if default not in (None, "", [], {}) and "default" not in about.lower():
        part["description"] = f"{about} Default: {json.dumps(default)}.".strip()


class EventStreamComponent(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Describes a stream as text that holds events of a shape."""

    target_class = "apps.core.rest.schema.EventStream"
    match_subclasses = True

    def map_serializer(
        self, auto_schema: AutoSchema, direction: Literal["request", "response"]
    ) -> dict[str, Any]:
        shape = auto_schema.resolve_serializer(self.target.shape, direction).ref
        about = inspect.cleandoc(EventStream.__doc__ or "")
        facts = {"contentMediaType": "text/event-stream", "contentSchema": shape}
        return {"type": "string", "description": about, **facts}


class DiscriminatedComponent(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Describes a union by the schemas of its variants, each with its value of the discriminator."""

    target_class = "apps.core.rest.unions.Discriminated"
    match_subclasses = True

    def map_serializer(
        self, auto_schema: AutoSchema, direction: Literal["request", "response"]
    ) -> dict[str, Any]:
        name, mapping = self.target.discriminator, {}
        for value, shape in self.target.variants.items():
            component = auto_schema.resolve_serializer(shape, direction)
            rest = {key: part for key, part in component.schema.get("properties", {}).items() if key != name}
            component.schema["properties"] = {name: {"type": "string", "const": value}} | rest
            component.schema["required"] = sorted({name, *component.schema.get("required", [])})
            mapping[value] = component.ref["$ref"]
        schema: dict[str, Any] = {
            "oneOf": [{"$ref": reference} for reference in mapping.values()],
            "discriminator": {"propertyName": name, "mapping": mapping},
            "description": inspect.cleandoc(type(self.target).__doc__ or ""),
        }
        example = vars(type(self.target)).get("example")
        return schema | ({"examples": [example]} if example is not None else {})


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
