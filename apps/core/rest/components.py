"""Names what the OpenAPI document repeats: enums and parameters become components."""

from __future__ import annotations

import inspect
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from enum import Enum, StrEnum
from typing import Any

from django.db.models import TextChoices

METHODS = ("get", "post", "put", "patch", "delete")
SCHEMAS, PARAMETERS = "#/components/schemas/", "#/components/parameters/"
SINGULARS = {"people": "person", "branches": "branch"}
Values = tuple[str, ...]


def operations_of(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the path, method and description of each operation."""
    for path, calls in document["paths"].items():
        for method in METHODS:
            if method in calls:
                yield path, method, calls[method]


# --- enums


def name_enums(document: dict[str, Any]) -> None:
    """Replace the enums of our classes by references to one component each.

    raises  ValueError if a schema has the name of such a class
    """
    schemas = document["components"]["schemas"]
    found: Counter[Values] = Counter()
    _replace_enums(document, lambda values: found.update([values]))
    names = _enum_names(found)
    _replace_enums(document, lambda values: names[values].__name__ if values in names else None)
    for values, kind in names.items():
        if kind.__name__ in schemas:
            raise ValueError(f"{kind.__name__} is the name of a schema and of an enum.")
        schemas[kind.__name__] = _enum_schema(kind, values)


def enum_values(kind: type[Enum]) -> list[str]:
    """Return the values of an enum, apart from the empty one."""
    return [member.value for member in kind if member.value]


def _replace_enums(node: Any, name_of: Callable[[Values], str | None]) -> None:
    """Replace each enum below a node for which there is a name."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node):
        if key in ("example", "examples", "default") or not isinstance(value, dict | list):
            continue
        if isinstance(value, dict) and isinstance(value.get("enum"), list):
            node[key] = _named(value, name_of(_values(value)))
        else:
            _replace_enums(value, name_of)


def _values(schema: dict[str, Any]) -> Values:
    return tuple(sorted(value for value in schema["enum"] if isinstance(value, str) and value))


def _named(schema: dict[str, Any], name: str | None) -> dict[str, Any]:
    if name is None:
        return schema
    reference: dict[str, Any] = {"$ref": SCHEMAS + name}
    others = [{"const": value} if value == "" else {"type": "null"} for value in schema["enum"] if not value]
    if others:
        reference = {"oneOf": [reference, *others]}
    return reference | {key: schema[key] for key in ("description", "default") if key in schema}


def _enum_schema(kind: type[Enum], values: Values) -> dict[str, Any]:
    known = [value for value in enum_values(kind) if value in values]
    about = inspect.cleandoc(vars(kind).get("__doc__") or "")
    schema = {"type": "string", "enum": [*(value for value in values if value not in known), *known]}
    return schema | ({"description": about} if about else {})


def _enum_names(found: Counter[Values]) -> dict[Values, type[Enum]]:
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


# --- parameters


def share_parameters(document: dict[str, Any]) -> None:
    """Replace the parameters that several operations have by references to components."""
    names = _parameter_names(document)
    shared = document["components"]["parameters"]
    for path, _method, operation in operations_of(document):
        parameters = operation.get("parameters", [])
        for at, parameter in enumerate(parameters):
            name = names.get(_key(path, parameter))
            if name is not None:
                shared[name] = parameter
                parameters[at] = {"$ref": PARAMETERS + name}


def _parameter_names(document: dict[str, Any]) -> dict[str, str]:
    """Return the name of each repeated parameter: the most frequent has the plain name."""
    found: Counter[str] = Counter()
    plain: dict[str, str] = {}
    tags: dict[str, str] = {}
    for path, _method, operation in operations_of(document):
        for parameter in operation.get("parameters", []):
            if "$ref" not in parameter:
                key = _key(path, parameter)
                found[key] += 1
                plain[key] = _parameter_name(path, parameter)
                tags.setdefault(key, _camel(_singular(operation["tags"][0])))
    names: dict[str, str] = {}
    for key, count in found.most_common():
        taken = names.values()
        name = next((name for name in (plain[key], tags[key] + plain[key]) if name not in taken), None)
        if count > 1 and name is not None:
            names[key] = name
    return names


def _key(path: str, parameter: dict[str, Any]) -> str:
    """Return what distinguishes a parameter from others: its content, and what it names in a path."""
    return (
        f"{_parameter_name(path, parameter)} {json.dumps(parameter, default=str)}"
        if "$ref" not in parameter
        else ""
    )


def _parameter_name(path: str, parameter: dict[str, Any]) -> str:
    name = _camel(parameter["name"])
    if parameter["in"] != "path":
        return name
    before = re.findall(r"/([a-z][\w-]*)", path.partition(f"{{{parameter['name']}}}")[0])
    owner = _camel(_singular(before[-1])) if before else ""
    return name if name.startswith(owner) else owner + name


def _singular(word: str) -> str:
    return SINGULARS.get(word, word.removesuffix("s"))


def _camel(word: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", word))


# --- parts of a document


def only_operations(document: dict[str, Any], keep: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Return a document with some of the operations, and the tags and components that these use."""
    paths: dict[str, Any] = {}
    for path, method, operation in operations_of(document):
        if keep(operation):
            paths.setdefault(path, {})[method] = operation
    part = document | {"paths": paths}
    used = {tag for _path, _method, operation in operations_of(part) for tag in operation["tags"]}
    part["tags"] = [tag for tag in document["tags"] if tag["name"] in used]
    part["components"] = _used_components(part)
    return part


def _used_components(document: dict[str, Any]) -> dict[str, Any]:
    components = document["components"]
    used: set[str] = set()
    waiting: list[Any] = [document["paths"]]
    while waiting:
        fresh = set(_references(waiting.pop())) - used
        used |= fresh
        waiting += [
            components[kind][name] for kind, name in (reference.split("/")[2:] for reference in fresh)
        ]
    return {
        kind: {
            name: part
            for name, part in sorted(parts.items())
            if kind == "securitySchemes" or f"#/components/{kind}/{name}" in used
        }
        for kind, parts in components.items()
    }


def _references(node: Any) -> Iterator[str]:
    for key, value in node.items() if isinstance(node, dict) else enumerate(node):
        if (
            isinstance(value, str)
            and value.startswith("#/components/")
            and (key == "$ref" or "/schemas/" in value)
        ):
            yield value
        elif isinstance(value, dict | list):
            yield from _references(value)
