"""Names the enums of the OpenAPI document: each is one component."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any

from django.db.models import TextChoices

from .components import camel

SCHEMAS = "#/components/schemas/"
Values = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FoundEnum:
    """A schema that lists its values.

    holder, key  where it is in the document
    word         the property or parameter that has it
    owner        the component that has it; empty in a path
    """

    holder: Any
    key: Any
    word: str
    owner: str

    @property
    def schema(self) -> dict[str, Any]:
        schema: dict[str, Any] = self.holder[self.key]
        return schema

    @property
    def values(self) -> Values:
        return tuple(sorted(value for value in self.schema["enum"] if isinstance(value, str) and value))

    @property
    def own_name(self) -> str:
        """Return its name if generators would number it: the alternative to null."""
        return self.owner + camel(self.word) if self.owner and None in self.schema["enum"] else ""


def name_enums(document: dict[str, Any]) -> None:
    """Replace enums by references to one component each, named after their class.

    What has no class but stands in several places is named after its property.

    raises  ValueError if a schema has the name of an enum
    """
    schemas = document["components"]["schemas"]
    enums = [one for one in _enums(document) if len(one.schema["enum"]) > 1]
    kinds = _classes_of(Counter(one.values for one in enums))
    names = {values: kind.__name__ for values, kind in kinds.items()}
    names |= _words_of(one for one in enums if one.values not in names)
    found: dict[str, dict[str, Any]] = {}
    for one in enums:
        name = names.get(one.values) or one.own_name
        if name:
            found[name] = _enum_schema(one, kinds.get(one.values))
            one.holder[one.key] = _reference(one.schema, name)
    if taken := sorted(set(found) & set(schemas)):
        raise ValueError(f"{', '.join(taken)} is the name of a schema and of an enum.")
    schemas |= found


def name_constants(document: dict[str, Any]) -> None:
    """Replace enums of one value by constants."""
    for one in list(_enums(document)):
        if len(one.schema["enum"]) == 1:
            one.schema["const"] = one.schema.pop("enum")[0]


def enum_values(kind: type[Enum]) -> list[str]:
    """Return the values of an enum, apart from the empty one."""
    return [member.value for member in kind if member.value]


def _enums(node: Any, word: str = "", owner: str = "", place: tuple[str, ...] = ()) -> Iterator[FoundEnum]:
    """Yield the enums below a node."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node):
        if key in ("example", "examples", "default") or not isinstance(value, dict | list):
            continue
        name = node["name"] if key == "schema" and isinstance(node.get("name"), str) else word
        name = str(key) if place[-1:] == ("properties",) else name
        holder = str(key) if place == ("components", "schemas") else owner
        if isinstance(value, dict) and isinstance(value.get("enum"), list):
            yield FoundEnum(node, key, name, holder)
        else:
            yield from _enums(value, name, holder, (*place, str(key)))


def _words_of(enums: Iterable[FoundEnum]) -> dict[Values, str]:
    """Return the names of what stands in several places: that of the property, if it is of no other."""
    words: dict[Values, list[str]] = {}
    for one in enums:
        words.setdefault(one.values, []).append(camel(one.word))
    repeated = {values: found[0] for values, found in words.items() if len(found) > 1}
    count = Counter(repeated.values())
    return {values: name for values, name in repeated.items() if count[name] == 1}


def _reference(schema: dict[str, Any], name: str) -> dict[str, Any]:
    reference: dict[str, Any] = {"$ref": SCHEMAS + name}
    others = [{"const": value} if value == "" else {"type": "null"} for value in schema["enum"] if not value]
    if others:
        reference = {"oneOf": [reference, *others]}
    return reference | {key: schema[key] for key in ("description", "default") if key in schema}


def _enum_schema(one: FoundEnum, kind: type[Enum] | None) -> dict[str, Any]:
    """Return the component of an enum, its values in the order of its class."""
    order = enum_values(kind) if kind else [value for value in one.schema["enum"] if value]
    known = [value for value in order if value in one.values]
    about = inspect.cleandoc(vars(kind).get("__doc__") or "") if kind else ""
    schema = {"type": "string", "enum": [*(value for value in one.values if value not in known), *known]}
    return schema | ({"description": about} if about else {})


def _classes_of(found: Counter[Values]) -> dict[Values, type[Enum]]:
    """Return the class of each set of values: the one that has them, else the only one that has more.

    An empty value of a class may have any name in the API.
    """
    kinds = list(_enum_classes())
    names: dict[Values, type[Enum]] = {}
    for is_meant in (_has_exactly, _has_renamed, _has_among_others):
        for values, _count in found.most_common():
            fitting = [kind for kind in kinds if is_meant(kind, set(values))]
            is_free = fitting and fitting[0].__name__ not in {kind.__name__ for kind in names.values()}
            if values not in names and is_free and (is_meant is not _has_among_others or len(fitting) == 1):
                names[values] = fitting[0]
    return names


def _enum_classes() -> Iterator[type[Enum]]:
    """Yield the enums of the site: choices of models first."""
    waiting: list[type[Enum]] = [*TextChoices.__subclasses__(), *StrEnum.__subclasses__()]
    seen = dict.fromkeys(kind for kind in waiting if len(kind) and kind.__module__.startswith("apps."))
    yield from seen


def _has_exactly(kind: type[Enum], values: set[str]) -> bool:
    return set(enum_values(kind)) == values


def _has_renamed(kind: type[Enum], values: set[str]) -> bool:
    own = set(enum_values(kind))
    return len(own) < len(kind) and own < values and len(values) == len(own) + 1


def _has_among_others(kind: type[Enum], values: set[str]) -> bool:
    return len(values) > 1 and values < set(enum_values(kind))
