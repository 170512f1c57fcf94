"""Reads an OpenAPI document into the reference."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_noop as _

from apps.core.declaration import api_tags

from ..document import METHODS
from . import snippets
from .types import Part, Types
from .values import Answer, Field, Group, Operation, Reference, Schema

# headers and statuses that every operation has are described once, at the top of the page
COMMON_HEADERS = frozenset({"IdempotencyKey", "IfMatch", "IfNoneMatch"})
COMMON_STATUSES = frozenset({"400", "401", "403", "413", "415", "422", "429"})
# what examples of bodies name, in paths that name the same in two parameters
FULL_NAME = {"namespace": "owner", "name": "tiny-llama"}
CALLERS = {
    (True, True): _("Access token or signed-in browser"),
    (True, False): _("Access token only"),
    (False, True): _("Signed-in browser only"),
    (False, False): _("Anyone"),
}
ANYONE = _("Anyone; a token or signed-in browser also sees what is not public")


class Reader:
    """Reads one document."""

    def __init__(self, document: Part) -> None:
        self.document = document
        self.types = Types(document)

    def read(self) -> Reference:
        found: dict[str, list[Operation]] = {}
        internal: dict[str, list[Operation]] = {}
        for path, method, part in self._calls():
            (tag,) = part["tags"]
            groups = internal if part.get("x-internal") else found
            groups.setdefault(tag, []).append(self.operation(method, path, part))
        return Reference(
            groups=[Group(tag, found[tag.name]) for tag in api_tags() if tag.name in found],
            internal=[Group(tag, internal[tag.name]) for tag in api_tags() if tag.name in internal],
            schemas=[self.schema(name) for name in sorted(self.types.schemas) if self.types.is_named(name)],
        )

    def _calls(self) -> Iterator[tuple[str, str, Part]]:
        for path, operations in self.document["paths"].items():
            for method in METHODS:
                if method in operations:
                    yield path, method, operations[method]

    def schema(self, name: str) -> Schema:
        part = self.types.schemas[name]
        fields = self.types.fields(part, is_deep=False)
        variants = [self.types.words(one) for one in self.types.variants(part)]
        choices = [Field("", text, schema, "", is_required=False) for text, schema in variants]
        return Schema(name, self.types.description(part), fields or choices, self.types.values(part))

    def operation(self, method: str, path: str, part: Part) -> Operation:
        contents = self.types.follow(part.get("requestBody", {})).get("content", {})
        body = contents.get("application/json", {})
        media_type = next(iter(contents), "")
        answers = list(self._answers(part))
        call = self._call(method, path, part)
        return Operation(
            id=part["operationId"],
            method=method.upper(),
            path=path,
            summary=part.get("summary", ""),
            description=part.get("description", ""),
            callers=self._callers(part),
            access=part.get("x-for", ""),
            parameters=list(self._parameters(part)),
            body=self.types.fields(body.get("schema", {}), is_deep=True),
            body_name=self.types.words(body["schema"])[1] if body else "",
            body_type="" if body else media_type,
            answers=[one for one in answers if one.status < "400" and one.status != "304"],
            errors=[one for one in answers if one.status >= "400" and one.status not in COMMON_STATUSES],
            common=[one.status for one in answers if one.status in COMMON_STATUSES],
            curl=snippets.curl(call) if call else "",
            python=snippets.python(call) if call else "",
            deprecation=part.get("x-deprecation", {}).get("sunset", ""),
        )

    def _callers(self, part: Part) -> str:
        ways = {name for way in part.get("security", []) for name in way}
        if {} in part.get("security", []):
            return ANYONE if ways else CALLERS[False, False]
        return CALLERS["AccessToken" in ways, "Session" in ways]

    def _parameters(self, part: Part) -> Iterator[Field]:
        for given in part.get("parameters", []):
            if given.get("$ref", "").rpartition("/")[2] in COMMON_HEADERS:
                continue
            one = self.types.follow(given)
            text, schema = self.types.words(one["schema"])
            yield Field(
                name=one["name"],
                type=text,
                schema=schema,
                description=" ".join(one.get("description", "").split("* `")[0].split()),
                is_required=one.get("required", False),
                values=self.types.values(one["schema"]),
                place=one["in"],
            )

    def _answers(self, part: Part) -> Iterator[Answer]:
        for status, given in part.get("responses", {}).items():
            response = self.types.follow(given)
            contents: Mapping[str, Part] = response.get("content", {})
            media_type = next(iter(contents), "")
            content = contents.get(media_type, {})
            text, schema = self.types.words(content.get("schema", {})) if content else ("", "")
            is_json = media_type in snippets.JSON_TYPES
            yield Answer(
                status=status,
                description=response.get("description", ""),
                type=text if is_json else media_type,
                schema=schema,
                sample=self._sample(content) if is_json and status < "300" else "",
            )

    def _sample(self, content: Part) -> str:
        value = self.types.sample(content.get("schema", {}))
        return json.dumps(value, ensure_ascii=False, indent=2) if value is not None else ""

    def _call(self, method: str, path: str, part: Part) -> snippets.Call | None:
        """Return an example call; None if only a browser can make it."""
        security = part.get("security", [])
        takes_token = any("AccessToken" in way for way in security)
        if not takes_token and security and {} not in security:
            return None
        contents = self.types.follow(part.get("requestBody", {})).get("content", {})
        body = self.types.sample(contents.get("application/json", {}).get("schema", {}))
        given = [self.types.follow(one) for one in part.get("parameters", [])]
        names = {one["name"]: self._example(one) for one in given if one["in"] == "path"}
        if "namespace" in names:
            names |= FULL_NAME
        return snippets.Call(
            method=method.upper(),
            url=settings.PUBLIC_URL + snippets.fill(path, names),
            takes_token=takes_token,
            query={
                one["name"]: str(self._example(one))
                for one in given
                if one["in"] == "query" and one.get("required")
            },
            body=(body or {}) if "application/json" in contents else None,
            upload="" if "application/json" in contents else next(iter(contents), ""),
            answer=self._success_type(part),
        )

    def _success_type(self, part: Part) -> str:
        for status, response in part.get("responses", {}).items():
            if status < "300":
                return next(iter(self.types.follow(response).get("content", {})), "")
        return ""

    def _example(self, parameter: Part) -> Any:
        """Return the example of a parameter, or its name in capitals as a placeholder."""
        schema = self.types.follow(parameter["schema"])
        for holder in (parameter, parameter["schema"], schema):
            if "example" in holder:
                return holder["example"]
            if holder.get("examples"):
                found = holder["examples"]
                return next(iter(found.values()))["value"] if isinstance(found, Mapping) else found[0]
        values = self.types.values(schema)
        return values[0] if values else parameter["name"].upper()
