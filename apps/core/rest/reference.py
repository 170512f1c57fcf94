"""The API reference: operations and schemas of the OpenAPI document, arranged for a template."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from apps.core.declaration import ApiTag, api_tags
from apps.core.errors import Refusal

from .document import METHODS
from .generator import full_document

TONES = {"GET": "info", "DELETE": "danger"}
# headers and statuses that every operation has are described once, at the top of the page
COMMON_HEADERS = frozenset({"IdempotencyKey", "IfMatch", "IfNoneMatch"})
COMMON_STATUSES = frozenset({"304", "400", "401", "403", "413", "415", "429"})
ENUM_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter or a property.

    schema  name of the schema to link to
    place   path, query or header
    """

    name: str
    type: str
    schema: str
    about: str
    is_required: bool
    place: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation.

    access     who may call it
    body_type  media type of a body that is not JSON
    responses  (status, description, schema)
    sample     an example of its body
    """

    id: str
    method: str
    path: str
    summary: str
    more: str
    access: str
    params: list[Field]
    body: str
    body_type: str
    responses: list[tuple[str, str, str]]
    sample: str

    @property
    def short_path(self) -> str:
        return self.path.removeprefix("/api/v1")

    @property
    def tone(self) -> str:
        return TONES.get(self.method, "leaf")


@dataclass(frozen=True, slots=True)
class Group:
    """The operations of one tag."""

    tag: ApiTag
    operations: list[Operation]


@dataclass(frozen=True, slots=True)
class Reference:
    """The whole reference.

    schemas   name, description and fields
    problems  code, status and message of each refusal
    """

    groups: list[Group]
    schemas: list[tuple[str, str, list[Field]]]
    problems: list[tuple[str, int, str]]


@cache
def reference() -> Reference:
    """Return the reference, built once per process."""
    return SchemaReader(full_document()).read()


def problems() -> list[tuple[str, int, str]]:
    """Return every refusal with its own code, ordered by status and code."""
    found: dict[str, tuple[int, str]] = {}
    waiting: list[type[Refusal]] = [Refusal]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind is not Refusal:
            found.setdefault(kind.code, (kind.status, str(kind.default)))
    rows = ((code, status, message) for code, (status, message) in found.items())
    return sorted(rows, key=lambda row: (row[1], row[0]))


class SchemaReader:
    """Reads an OpenAPI document into the reference."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.paths: Mapping[str, Any] = schema["paths"]
        self.components: Mapping[str, Any] = schema["components"]
        self.schemas: Mapping[str, Any] = self.components["schemas"]

    def read(self) -> Reference:
        found: dict[str, list[Operation]] = {}
        for path, operations in self.paths.items():
            for method in METHODS:
                if method in operations:
                    (tag,) = operations[method]["tags"]
                    found.setdefault(tag, []).append(self.operation(method, path, operations[method]))
        schemas = [
            (name, schema.get("description", ""), self.fields(schema))
            for name, schema in sorted(self.schemas.items())
            if self.has_fields(name)
        ]
        groups = [Group(tag, found[tag.name]) for tag in api_tags() if tag.name in found]
        return Reference(groups, schemas, problems())

    def has_fields(self, name: str) -> bool:
        return bool(self.schemas[name].get("properties"))

    def operation(self, method: str, path: str, schema: Mapping[str, Any]) -> Operation:
        contents = schema.get("requestBody", {}).get("content", {})
        body_type = "" if "application/json" in contents else next(iter(contents), "")
        body = self.resolved(contents.get("application/json", {}).get("schema", {}))
        return Operation(
            id=schema["operationId"],
            method=method.upper(),
            path=path,
            summary=schema.get("summary", ""),
            more=schema.get("description", ""),
            access=schema.get("x-for", ""),
            params=[
                self.param(self.resolved(param))
                for param in schema.get("parameters", [])
                if param.get("$ref", "").rpartition("/")[2] not in COMMON_HEADERS
            ],
            body=self.schema_of(schema.get("requestBody", {})),
            body_type=body_type,
            responses=self.responses(schema.get("responses", {})),
            sample="\n".join(
                json.dumps(example, ensure_ascii=False, indent=2) for example in body.get("examples", [])
            ),
        )

    def resolved(self, part: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the component that a part refers to, else the part."""
        if "$ref" not in part:
            return part
        kind, name = part["$ref"].split("/")[2:]
        component: Mapping[str, Any] = self.components[kind][name]
        return component

    def param(self, schema: Mapping[str, Any]) -> Field:
        about, required = schema.get("description", ""), schema.get("required", False)
        return Field(
            schema["name"],
            self.type(schema["schema"])[0],
            "",
            about,
            required and schema["in"] != "path",
            schema["in"],
        )

    def responses(self, responses: Mapping[str, Any]) -> list[tuple[str, str, str]]:
        """Return the responses that not every operation has."""
        kept = [(status, response) for status, response in responses.items() if status not in COMMON_STATUSES]
        return [
            (status, "" if status < "300" else response.get("description", ""), self.schema_of(response))
            for status, response in ((status, self.resolved(response)) for status, response in kept)
        ]

    def schema_of(self, holder: Mapping[str, Any]) -> str:
        """Return the name of the schema of a request body or response."""
        content: Mapping[str, Any] = next(iter(holder.get("content", {}).values()), {})
        return self.type(content.get("schema", {}))[1]

    def fields(self, schema: Mapping[str, Any]) -> list[Field]:
        required = schema.get("required", [])
        fields = []
        for name, part in schema["properties"].items():
            text, inner = self.type(part)
            about = part.get("description", "").split("* `")[0].strip()
            fields.append(Field(name, text, inner, about, name in required))
        return fields

    def type(self, part: Mapping[str, Any]) -> tuple[str, str]:
        """Return a schema's type as text and the name of the schema that it refers to."""
        if "$ref" in part:
            name = part["$ref"].rsplit("/", 1)[-1]
            return (name, name) if self.has_fields(name) else self.type(self.schemas[name])
        for several in ("allOf", "oneOf", "anyOf"):
            if several in part:
                types = [self.type(one) for one in part[several]]
                text = " or ".join(dict.fromkeys(text for text, _schema in types if text))
                return text, next((schema for _text, schema in types if schema), "")
        if "enum" in part:
            values = [str(value) for value in part["enum"] if value not in (None, "")]
            return " | ".join(values[:ENUM_SHOWN]) + (" | …" if len(values) > ENUM_SHOWN else ""), ""
        return self.simple_type(part)

    def simple_type(self, part: Mapping[str, Any]) -> tuple[str, str]:
        kind = part.get("type", "any")
        if isinstance(kind, list):
            return " or ".join(map(str, kind)), ""
        if kind == "array":
            text, schema = self.type(part.get("items", {}))
            return f"array of {text}", schema
        inner = part.get("additionalProperties")
        if kind == "object" and isinstance(inner, Mapping) and inner:
            text, schema = self.type(inner)
            return f"object of {text}", schema
        return part.get("format", "") if part.get("format") in ("uuid", "date-time") else kind, ""
