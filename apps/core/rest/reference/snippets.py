"""An operation as a call with curl and in Python."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

EVENTS = "text/event-stream"
JSON_TYPES = ("application/json", "application/problem+json")
LINE = 88


@dataclass(frozen=True, slots=True)
class Call:
    """One call.

    query   required parameters
    body    of JSON; None if there is none
    upload  media type of a body that is a file
    answer  media type of the successful response; empty if it has no content
    """

    method: str
    url: str
    takes_token: bool
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    upload: str = ""
    answer: str = "application/json"

    @property
    def address(self) -> str:
        return f"{self.url}?{urlencode(self.query)}" if self.query else self.url


def fill(path: str, values: Mapping[str, Any]) -> str:
    """Return a path with its parameters filled in."""
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", quote(str(value), safe="/"))
    return path


def curl(call: Call) -> str:
    """Return a command for a shell that has $TOKEN."""
    flags = ["curl"]
    if call.answer == EVENTS:
        flags.append("-N")
    if call.method not in ("GET", "POST") or (
        call.method == "POST" and call.body is None and not call.upload
    ):
        flags.append(f"-X {call.method}")
    lines = [" ".join([*flags, _shell_word(call.address)])]
    if call.takes_token:
        lines.append('-H "Authorization: Bearer $TOKEN"')
    if call.body is not None:
        lines += ["-H 'Content-Type: application/json'", f"-d {_shell_quoted(_json(call.body))}"]
    elif call.upload:
        lines += [f"-H 'Content-Type: {call.upload}'", "--data-binary @FILE"]
    if call.answer and call.answer not in (*JSON_TYPES, EVENTS):
        lines.append("-o FILE")
    return " \\\n  ".join(lines)


def _json(body: Any) -> str:
    flat = json.dumps(body, ensure_ascii=False)
    return flat if len(flat) <= LINE else json.dumps(body, ensure_ascii=False, indent=2)


def _shell_word(text: str) -> str:
    return _shell_quoted(text) if set(text) & set("?&{}[]*; ") else text


def _shell_quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def python(call: Call) -> str:
    """Return a program with the library requests."""
    lines = ["import os, requests" if call.takes_token else "import requests", ""]
    is_stream = call.answer == EVENTS
    lines += [f"response = requests.{call.method.lower()}(", f'    "{call.url}",']
    if call.takes_token:
        token = "{os.environ['TOKEN']}"
        lines.append(f'    headers={{"Authorization": f"Bearer {token}"}},')
    if call.query:
        lines.append(f"    params={_literal(dict(call.query), 4)},")
    if call.body is not None:
        lines.append(f"    json={_literal(call.body, 4)},")
    elif call.upload:
        lines.append('    data=open("FILE", "rb"),')
    lines += [*(["    stream=True,"] if is_stream else []), ")", "response.raise_for_status()"]
    if is_stream:
        lines += ["for line in response.iter_lines(decode_unicode=True):", "    print(line)"]
    elif call.answer in JSON_TYPES:
        lines.append("print(response.json())")
    elif call.answer:
        lines.append('open("FILE", "wb").write(response.content)')
    return "\n".join(lines)


def _literal(value: Any, indent: int) -> str:
    """Return a Python literal of a JSON value, on several lines if it is long."""
    flat = _flat(value)
    if len(flat) + indent <= LINE or not isinstance(value, dict | list) or not value:
        return flat
    inner = " " * (indent + 4)
    if isinstance(value, dict):
        items = [f"{_flat(name)}: {_literal(item, indent + 4)}" for name, item in value.items()]
    else:
        items = [_literal(item, indent + 4) for item in value]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return "\n".join([opening, *(f"{inner}{item}," for item in items), " " * indent + closing])


def _flat(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_flat(name)}: {_flat(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flat, value)) + "]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)
