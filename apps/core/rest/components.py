"""Names the parameters that the OpenAPI document repeats, and takes parts of it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

METHODS = ("get", "post", "put", "patch", "delete")
PARAMETERS = "#/components/parameters/"
SINGULARS = {"people": "person", "branches": "branch"}


def operations_of(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the path, method and description of each operation."""
    for path, calls in document["paths"].items():
        for method in METHODS:
            if method in calls:
                yield path, method, calls[method]


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
                tags.setdefault(key, camel(_singular(operation["tags"][0])))
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
    name = camel(parameter["name"])
    if parameter["in"] != "path":
        return name
    before = re.findall(r"/([a-z][\w-]*)", path.partition(f"{{{parameter['name']}}}")[0])
    owner = camel(_singular(before[-1])) if before else ""
    return name if name.startswith(owner) else owner + name


def _singular(word: str) -> str:
    return SINGULARS.get(word, word.removesuffix("s"))


def camel(word: str) -> str:
    """Return words with hyphens or underscores as one in CapWords."""
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
    schemes = {
        name for _path, _method, one in operations_of(document) for way in one["security"] for name in way
    }
    used = {f"#/components/securitySchemes/{name}" for name in schemes}
    waiting: list[Any] = [document["paths"]]
    while waiting:
        fresh = set(_references(waiting.pop())) - used
        used |= fresh
        waiting += [
            components[kind][name] for kind, name in (reference.split("/")[2:] for reference in fresh)
        ]
    return {
        kind: {name: part for name, part in sorted(parts.items()) if f"#/components/{kind}/{name}" in used}
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
