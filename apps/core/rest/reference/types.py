"""Types of an OpenAPI document in words, and the properties of its objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .values import Field

DEPTH = 3
SEVERAL = ("allOf", "oneOf", "anyOf")
Part = Mapping[str, Any]


class Types:
    """Reads the schemas of one document."""

    def __init__(self, document: Part) -> None:
        self.document = document
        self.schemas: Mapping[str, Part] = document["components"]["schemas"]

    def follow(self, part: Part) -> Part:
        """Return what a reference points to."""
        while "$ref" in part:
            found: Any = self.document
            for step in part["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            part = found
        return part

    def is_named(self, name: str) -> bool:
        """Return whether a schema has an entry of its own in the reference."""
        schema = self.schemas[name]
        return bool(schema.get("properties") or schema.get("enum") or self.variants(schema))

    def variants(self, part: Part) -> list[Part]:
        """Return the alternatives of a schema besides null."""
        found = [one for key in ("oneOf", "anyOf") for one in part.get(key, ())]
        return [one for one in found if one.get("type") != "null" and one != {}]

    def words(self, part: Part) -> tuple[str, str]:
        """Return a schema's type in words and the name of the schema that it refers to."""
        if "$ref" in part:
            name = part["$ref"].rsplit("/", 1)[-1]
            return (name, name) if self.is_named(name) else self.words(self.schemas[name])
        for several in SEVERAL:
            if several in part:
                found = [self.words(one) for one in part[several]]
                text = " or ".join(dict.fromkeys(text for text, _schema in found if text))
                return text, next((schema for _text, schema in found if schema), "")
        return self._simple(part)

    def _simple(self, part: Part) -> tuple[str, str]:
        kind = part.get("type", "any")
        if isinstance(kind, list):
            found = [self._simple({**part, "type": one}) for one in kind]
            return " or ".join(text for text, _schema in found), next((name for _, name in found if name), "")
        if kind == "array":
            text, schema = self.words(part.get("items", {}))
            return f"array of {text}", schema
        inner = part.get("additionalProperties")
        if kind == "object" and isinstance(inner, Mapping) and inner:
            text, schema = self.words(inner)
            return f"object of {text}", schema
        if kind == "string":
            return part.get("format", "") or "string", ""
        return str(kind), ""

    def values(self, part: Part) -> list[str]:
        """Return the values of an enum, also of one that may be null or stands in a list."""
        part = self.follow(part)
        if part.get("type") == "array":
            return self.values(part.get("items", {}))
        if "enum" in part:
            return [str(value) for value in part["enum"] if value is not None]
        if "const" in part:
            return [str(part["const"])]
        inner = [one for several in SEVERAL for one in part.get(several, ()) if one.get("type") != "null"]
        return self.values(inner[0]) if len(inner) == 1 else []

    def fields(self, part: Part, *, is_deep: bool) -> list[Field]:
        """Return the properties of an object, with those of its objects below them if it is deep."""
        return list(self._fields(part, "", DEPTH if is_deep else 0, ()))

    def _fields(self, part: Part, prefix: str, left: int, above: Sequence[str]) -> Iterator[Field]:
        schema = self.follow(part)
        for one in schema.get("allOf", ()):
            yield from self._fields(one, prefix, left, above)
        for name, inner in schema.get("properties", {}).items():
            text, target = self.words(inner)
            yield Field(
                name=prefix + name,
                type=text,
                schema=target,
                description=self.description(inner),
                is_required=name in schema.get("required", ()),
                values=self.values(inner),
                depth=len(above),
            )
            if left and target not in above:
                nested, mark = self._object_in(inner)
                yield from self._fields(nested, f"{prefix}{name}{mark}.", left - 1, [*above, target])

    def _object_in(self, part: Part) -> tuple[Part, str]:
        """Return the one object that a property holds, and how its place is written."""
        part = self.follow(part)
        if part.get("type") == "array":
            inner, mark = self._object_in(part.get("items", {}))
            return inner, f"[]{mark}"
        values = part.get("additionalProperties")
        if isinstance(values, Mapping) and values and not part.get("properties"):
            inner, mark = self._object_in(values)
            return inner, f".*{mark}"
        alternatives = self.variants(part)
        return self._object_in(alternatives[0]) if len(alternatives) == 1 else (part, "")

    def description(self, part: Part) -> str:
        """Return a property's description, or that of the enum it refers to, without the list of values."""
        found = part.get("description") or (
            "" if "$ref" not in part else self.follow(part).get("description", "")
        )
        return " ".join(str(found).split("* `")[0].split())

    def sample(self, part: Part) -> Any:
        """Return the example of a schema, for a page that of its items on a page; None if there is none."""
        schema = self.follow(part)
        for holder in (part, schema):
            if holder.get("examples"):
                return holder["examples"][0]
        if schema.get("type") == "array":
            inner = self.sample(schema.get("items", {}))
            return None if inner is None else [inner]
        properties = schema.get("properties", {})
        if "items" not in properties:
            return None
        found = {name: self.sample(inner) for name, inner in properties.items()}
        return found if found["items"] is not None else None
