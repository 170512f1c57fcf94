"""The API's reference page: the schema's operations and shapes, put in order for a template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator

METHODS = ("get", "post", "put", "patch", "delete")
TAGS = ("jobs", "receipts", "workers")
TYPE_WORDS = {"string": "text", "integer": "integer", "number": "number", "boolean": "true or false", "null": "null", "object": "object"}


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter or a property. shape: name of the shape that it holds, to link to"""

    name: str
    type: str
    shape: str
    about: str
    is_required: bool


@dataclass(frozen=True, slots=True)
class Operation:
    """One call. answers: (status, words, shape)"""

    id: str
    method: str
    path: str
    summary: str
    params: list[Field]
    body: str
    answers: list[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Reference:
    """groups: tag and operations; shapes: name, about and fields"""

    groups: list[tuple[str, list[Operation]]]
    shapes: list[tuple[str, str, list[Field]]]


@cache
def reference() -> Reference:
    """Return the reference, made once a process: the schema is part of the code."""
    return SchemaReader(SchemaGenerator().get_schema(request=None, public=True)).read()


class SchemaReader:
    """Reads an OpenAPI document into the reference."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.paths: Mapping[str, Any] = schema["paths"]
        self.schemas: Mapping[str, Any] = schema["components"]["schemas"]

    def read(self) -> Reference:
        found: dict[str, list[Operation]] = {tag: [] for tag in TAGS}
        for path, calls in self.paths.items():
            for method in METHODS:
                if method in calls:
                    tag = (calls[method].get("tags") or ["other"])[0]
                    found.setdefault(tag, []).append(self.operation(method, path, calls[method]))
        shapes = [
            (name, shape.get("description", ""), self.fields(shape)) for name, shape in sorted(self.schemas.items()) if self.is_shape(name)
        ]
        return Reference([(tag, operations) for tag, operations in found.items() if operations], shapes)

    def is_shape(self, name: str) -> bool:
        return bool(self.schemas[name].get("properties"))

    def operation(self, method: str, path: str, told: Mapping[str, Any]) -> Operation:
        return Operation(
            id=told["operationId"],
            method=method.upper(),
            path=path,
            summary=told.get("description") or told.get("summary", ""),
            params=[
                Field(param["name"], self.type(param["schema"])[0], "", param.get("description", ""), param.get("required", False))
                for param in told.get("parameters", [])
                if param["in"] != "path" or param.get("description")
            ],
            body=self.shape_of(told.get("requestBody", {})),
            answers=[
                (status, answer.get("description", ""), self.shape_of(answer)) for status, answer in told.get("responses", {}).items()
            ],
        )

    def shape_of(self, holder: Mapping[str, Any]) -> str:
        """Return the shape of a body or an answer."""
        content: Mapping[str, Any] = next(iter(holder.get("content", {}).values()), {})
        return self.type(content.get("schema", {}))[1]

    def fields(self, shape: Mapping[str, Any]) -> list[Field]:
        required = shape.get("required", [])
        fields = []
        for name, part in shape["properties"].items():
            words, inner = self.type(part)
            fields.append(Field(name, words, inner, part.get("description", "").split("\n\n* ")[0], name in required))
        return fields

    def type(self, part: Mapping[str, Any]) -> tuple[str, str]:
        """Return a schema's type in words, and the shape that it refers to."""
        if "$ref" in part:
            name = part["$ref"].rsplit("/", 1)[-1]
            return (name, name) if self.is_shape(name) else self.type(self.schemas[name])
        for several in ("allOf", "oneOf", "anyOf"):
            if several in part:
                kinds = [self.type(one) for one in part[several]]
                words = " or ".join(dict.fromkeys(words for words, _shape in kinds if words))
                return words, next((shape for _words, shape in kinds if shape), "")
        if "enum" in part:
            return " | ".join(str(value) for value in part["enum"] if value not in (None, "")), ""
        return self.plain(part)

    def plain(self, part: Mapping[str, Any]) -> tuple[str, str]:
        kind = part.get("type", "any")
        if isinstance(kind, list):
            return " or ".join(TYPE_WORDS.get(str(one), str(one)) for one in kind), ""
        if kind == "array":
            words, shape = self.type(part.get("items", {}))
            return f"list of {words}", shape
        inner = part.get("additionalProperties")
        if kind == "object" and isinstance(inner, Mapping) and inner:
            words, shape = self.type(inner)
            return f"object of {words} by name", shape
        return {"uuid": "id", "date-time": "time"}.get(part.get("format", ""), TYPE_WORDS.get(kind, kind)), ""
