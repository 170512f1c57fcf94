"""Parsing shared by all protocols: JSON documents, and flags and numbers in query strings.

Nothing here raises a refusal: each protocol words its own.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from django.http import QueryDict

from apps.core.text.storable import clean_json, is_storable

# the largest value of a bigint
INT_MOST = (1 << 63) - 1
PAGE_MOST = 10**8
FLAGS = {
    "true": True,
    "1": True,
    "yes": True,
    "false": False,
    "0": False,
    "no": False,
    "": False,
}


class BadJson(ValueError):
    """Why a document is refused; the text follows the name of the document: "is not valid JSON"."""


class RepeatedName(BadJson):
    """A member of an object stands twice; readers differ on which of them counts.

    pointer  JSON Pointer to it, as a fragment
    """

    def __init__(self, pointer: str) -> None:
        super().__init__("This name stands twice.")
        self.pointer = pointer


class UnstorableText(BadJson):
    """A string of a document contains NUL or a lone surrogate."""


class _Repeating(dict[str, Any]):
    """An object with a name that stands twice."""

    name: str


def _object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    repeating, seen = _Repeating(found), set[str]()
    for name, _value in pairs:
        if name in seen:
            repeating.name = name
        seen.add(name)
    return repeating


def _repeated_name(value: Any, pointer: str = "#") -> str:
    """Return the pointer of a name that stands twice; empty if there is none."""
    if isinstance(value, _Repeating):
        return f"{pointer}/{pointer_token(value.name)}"
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    below = (_repeated_name(inner, f"{pointer}/{pointer_token(str(key))}") for key, inner in items)
    return next((found for found in below if found), "")


def pointer_token(key: str) -> str:
    """Return a name as a part of a JSON Pointer in a fragment.

    source  RFC 6901 sections 3 and 6
    """
    return quote(key.replace("~", "~0").replace("/", "~1"), safe="!$&'()*+,;=:@?-._~")


def parse_json(data: bytes, *, cleans_text: bool = False, has_unique_names: bool = False) -> Any:
    """Return the value of a JSON document whose strings PostgreSQL can store.

    cleans_text       replace NUL and lone surrogates, where the rest of the text is still useful
    has_unique_names  refuse objects in which a name stands twice
    raises            BadJson if it is not JSON in UTF-8 (NaN and Infinity are not) or nested too deeply,
                      RepeatedName, UnstorableText
    source            RFC 8259
    """
    hook = _object_of if has_unique_names else None
    try:
        value = json.loads(data.decode("utf-8-sig"), parse_constant=_refuse_constant, object_pairs_hook=hook)
        repeated = _repeated_name(value) if has_unique_names else ""
    except RecursionError:
        raise BadJson("is nested too deeply.") from None
    except ValueError:
        raise BadJson("is not valid JSON in UTF-8.") from None
    if repeated:
        raise RepeatedName(repeated)
    # in UTF-8, only an escape can name these characters
    if b"\\u" not in data:
        return value
    if cleans_text:
        return clean_json(value)
    if not is_storable(value):
        raise UnstorableText("contains characters that are not allowed in text.")
    return value


def parse_json_object(data: bytes, *, cleans_text: bool = False) -> dict[str, Any]:
    """Return a JSON object (raises BadJson as `parse_json`, and for other values)."""
    value = parse_json(data, cleans_text=cleans_text)
    if not isinstance(value, dict):
        raise BadJson("must be a JSON object.")
    return value


def parse_flag(text: str) -> bool | None:
    """Return the value of a flag, or None if it is neither true nor false."""
    return FLAGS.get(text.lower())


def parse_int(text: str, *, least: int = 0, most: int = INT_MOST) -> int | None:
    """Return an integer of ASCII digits, or None if it is not one or out of bounds."""
    if not text.isascii() or not text.isdigit() or len(text) > len(str(INT_MOST)):
        return None
    number = int(text)
    return number if least <= number <= most else None


def page_int(query: QueryDict, name: str, *, least: int = 0, most: int = PAGE_MOST) -> int:
    """Return a number in the address of a page, within its bounds; the least if it is not a number."""
    number = parse_int(query.get(name, ""))
    return least if number is None else max(least, min(number, most))


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
