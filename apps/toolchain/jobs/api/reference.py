"""The API's reference page: the document's operations and shapes, put in order for a template."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.utils.translation import gettext_noop as _

from apps.core.errors import Refusal
from apps.core.rest_schema import EXAMPLE

from .schema import Generator

METHODS = ("get", "post", "put", "patch", "delete")
TAGS = {
    "repos": _("Repositories"),
    "files": _("Files"),
    "commits": _("Commits"),
    "refs": _("Branches and tags"),
    "storage": _("Large files"),
    "relations": _("Relations and rows"),
    "search": _("Search"),
    "people": _("People"),
    "organisations": _("Organisations"),
    "me": _("Your account"),
    "jobs": _("Jobs"),
    "receipts": _("Receipts"),
    "workers": _("Workers"),
}
TYPE_WORDS = {
    "string": "text",
    "integer": "integer",
    "number": "number",
    "boolean": "true or false",
    "null": "null",
    "object": "object",
}
# what every call takes or answers is said once, above all of them
COMMON_HEADERS = frozenset({"IdempotencyKey", "IfMatch", "IfNoneMatch"})
COMMON_STATUSES = frozenset({"304", "400", "401", "403", "413", "415", "429"})
ENUM_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter or a property. shape: name of the shape that it holds, to link to; place: path, query or header"""

    name: str
    type: str
    shape: str
    about: str
    is_required: bool
    place: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """One call.

    door       for whom
    body_type  what a body is that is no JSON
    answers    (status, words, shape)
    sample     an example of its body
    """

    id: str
    method: str
    path: str
    summary: str
    more: str
    policy: str
    params: list[Field]
    body: str
    body_type: str
    answers: list[tuple[str, str, str]]
    sample: str

    @property
    def short_path(self) -> str:
        return self.path.removeprefix("/api/v1")


@dataclass(frozen=True, slots=True)
class Group:
    """The calls of one tag."""

    tag: str
    title: str
    operations: list[Operation]


@dataclass(frozen=True, slots=True)
class Reference:
    """shapes: name, about, fields and an example; problems: code, status and words of each refusal"""

    groups: list[Group]
    shapes: list[tuple[str, str, list[Field]]]
    problems: list[tuple[str, int, str]]


@cache
def reference() -> Reference:
    """Return the reference, made once a process: the document is part of the code."""
    return SchemaReader(Generator().get_schema(request=None, public=True)).read()


def problems() -> list[tuple[str, int, str]]:
    """Return every refusal that has a code of its own, by status and code."""
    found: dict[str, tuple[int, str]] = {}
    waiting: list[type[Refusal]] = [Refusal]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind is not Refusal:
            found.setdefault(kind.code, (kind.status, str(kind.default)))
    return sorted(
        ((code, status, words) for code, (status, words) in found.items()), key=lambda row: (row[1], row[0])
    )


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
            (name, shape.get("description", ""), self.fields(shape))
            for name, shape in sorted(self.schemas.items())
            if self.is_shape(name)
        ]
        groups = [
            Group(tag, TAGS.get(tag, tag.capitalize()), operations)
            for tag, operations in found.items()
            if operations
        ]
        return Reference(groups, shapes, problems())

    def is_shape(self, name: str) -> bool:
        return bool(self.schemas[name].get("properties"))

    def operation(self, method: str, path: str, data: Mapping[str, Any]) -> Operation:
        contents = data.get("requestBody", {}).get("content", {})
        body_type = (
            next((kind for kind in contents if kind != "application/json"), "")
            if "application/json" not in contents
            else ""
        )
        examples = contents.get("application/json", {}).get("examples", {})
        return Operation(
            id=data["operationId"],
            method=method.upper(),
            path=path,
            summary=data.get("summary", ""),
            more=data.get("description", ""),
            policy=data.get("x-for", ""),
            params=[
                self.param(one)
                for one in data.get("parameters", [])
                if one.get("$ref", "").rpartition("/")[2] not in COMMON_HEADERS
            ],
            body=self.shape_of(data.get("requestBody", {})),
            body_type=body_type,
            answers=self.answers(data.get("responses", {})),
            sample=json.dumps(examples[EXAMPLE]["value"], ensure_ascii=False, indent=2) if examples else "",
        )

    def param(self, data: Mapping[str, Any]) -> Field:
        about, required = data.get("description", ""), data.get("required", False)
        return Field(
            data["name"],
            self.type(data["schema"])[0],
            "",
            about,
            required and data["in"] != "path",
            data["in"],
        )

    def answers(self, responses: Mapping[str, Any]) -> list[tuple[str, str, str]]:
        """Return what is particular to a call: its success, and problems that not every call has."""
        kept = [(status, answer) for status, answer in responses.items() if status not in COMMON_STATUSES]
        return [
            (status, "" if status < "300" else answer.get("description", ""), self.shape_of(answer))
            for status, answer in kept
        ]

    def shape_of(self, holder: Mapping[str, Any]) -> str:
        """Return the shape of a body or an answer."""
        content: Mapping[str, Any] = next(iter(holder.get("content", {}).values()), {})
        return self.type(content.get("schema", {}))[1]

    def fields(self, shape: Mapping[str, Any]) -> list[Field]:
        required = shape.get("required", [])
        fields = []
        for name, part in shape["properties"].items():
            words, inner = self.type(part)
            about = part.get("description", "").split("* `")[0].strip()
            fields.append(Field(name, words, inner, about, name in required))
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
            values = [str(value) for value in part["enum"] if value not in (None, "")]
            return " | ".join(values[:ENUM_SHOWN]) + (" | …" if len(values) > ENUM_SHOWN else ""), ""
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
