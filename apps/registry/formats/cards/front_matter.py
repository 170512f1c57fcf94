"""YAML front matter of a README, parsed within limits."""

from __future__ import annotations

import math
import re
from typing import Any

import yaml
from django.utils.translation import gettext as _

from apps.core.text.storable import clean_text

TEXT_LIMIT_BYTES = 1 << 20
DEPTH_LIMIT = 32
NODE_LIMIT = 200_000
Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class BadYaml(Exception):
    """Invalid YAML, or above the limits; the message is for the author."""


class _PlainLoader(Loader):
    """Safe YAML with the scalars of version 1.2: `no` and dates stay text; duplicate keys are errors."""

    yaml_implicit_resolvers = {
        first: [
            (tag, pattern)
            for tag, pattern in rules
            if tag.rpartition(":")[2] not in ("bool", "timestamp", "int", "float")
        ]
        for first, rules in Loader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _value in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str | int | float | bool | None):
                raise yaml.constructor.ConstructorError(
                    None, None, "keys must be scalars", key_node.start_mark
                )
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"duplicate key {key}", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep=deep)  # type: ignore[no-any-return]


_PlainLoader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
_PlainLoader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^[-+]?[0-9]{1,30}$"), list("-+0123456789")
)
_PlainLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(
        r"^([-+]?(\.[0-9]{1,60}|[0-9]{1,60}(\.[0-9]{0,60})?)([eE][-+]?[0-9]{1,3})?"
        r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$"
    ),
    list("-+0123456789."),
)
_PlainLoader.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(loader.construct_scalar(node)))


def split_front_matter(text: str) -> tuple[str | None, str]:
    """Return the YAML between two `---` lines at the start of a text, or None, and the rest.

    source  huggingface_hub `REGEX_YAML_BLOCK`
    """
    lines = text.lstrip("\ufeff").lstrip().splitlines(keepends=True)
    if not lines or lines[0].strip() != "---":
        return None, text
    for number, line in enumerate(lines[1:], start=1):
        if line.rstrip() == "---":
            return "".join(lines[1:number]), "".join(lines[number + 1 :])
    return None, text


def read_yaml(text: str) -> Any:
    """Parse YAML into values that can be stored as JSON.

    raises  BadYaml for invalid YAML, or above the limits on bytes, depth, and nodes with expanded aliases
    """
    if len(text.encode(errors="replace")) > TEXT_LIMIT_BYTES:
        raise BadYaml(_("The metadata is larger than %(limit)s MiB.") % {"limit": TEXT_LIMIT_BYTES >> 20})
    try:
        _check_shape(text)
        return to_storable(yaml.load(text, Loader=_PlainLoader))
    except yaml.MarkedYAMLError as error:
        raise BadYaml(_sentence(error)) from None
    except (
        yaml.YAMLError,
        ValueError,
        TypeError,
        AttributeError,
        LookupError,
        RecursionError,
        OverflowError,
    ) as error:
        # what PyYAML raises depends on explicit tags in the text
        raise BadYaml(
            _("The metadata is not valid YAML: %(reason)s") % {"reason": str(error).splitlines()[0][:200]}
        ) from None


def to_storable(value: Any) -> Any:
    """Return a value that JSON and PostgreSQL can store: no NaN, NUL or lone surrogates, keys as text."""
    if isinstance(value, dict):
        return {to_storable(str(key)): to_storable(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set):
        return [to_storable(one) for one in value]
    if isinstance(value, str):
        return clean_text(value.replace("\0", ""))
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, int | float | bool | None) else str(value)


def _check_shape(text: str) -> None:
    """Refuse YAML that is too deep or too large with expanded aliases, before anything is constructed."""
    sizes: dict[str, int] = {}
    open_nodes: list[tuple[str | None, int]] = []
    total = 0
    for event in yaml.parse(text, Loader=Loader):
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in sizes:
                raise BadYaml(
                    _("The alias *%(name)s is undefined or refers to itself.") % {"name": event.anchor}
                )
            total += sizes[event.anchor]
        elif isinstance(event, yaml.ScalarEvent):
            total += 1
            if event.anchor:
                sizes[event.anchor] = 1
        elif isinstance(event, yaml.CollectionStartEvent):
            total += 1
            sizes.pop(event.anchor or "", None)
            open_nodes.append((event.anchor, total - 1))
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = open_nodes.pop()
            if anchor:
                sizes[anchor] = total - before
        if total > NODE_LIMIT or len(open_nodes) > DEPTH_LIMIT:
            raise BadYaml(_("The metadata is nested too deeply or too large."))


def _sentence(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark
    reason = error.problem or error.context
    if mark is None:
        return _("The metadata is not valid YAML: %(reason)s") % {"reason": f"{reason}."}
    message = _("The metadata is not valid YAML: %(reason)s (line %(line)s, column %(column)s).")
    return message % {"reason": reason, "line": mark.line + 1, "column": mark.column + 1}
