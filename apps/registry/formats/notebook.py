"""Parses Jupyter notebooks from untrusted JSON, within limits."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from apps.core.text.storable import clean_text

from .source import Unreadable

NOTEBOOK_LIMIT_BYTES = 10 << 20
CELLS_LIMIT, OUTPUTS_LIMIT = 2_000, 100
TEXT_LIMIT_CHARACTERS = 20_000
IMAGE_LIMIT_CHARACTERS = 4 << 20
IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")
# media types of an output that can be displayed, the best first
KINDS = (*IMAGES, "image/svg+xml", "text/html", "text/markdown", "text/latex", "text/plain")
ESCAPES = re.compile(r"\x1b(?:\[[0-9;:?]*[ -/]*[@-~]|[@-Z\\-_]|\][^\x07\x1b]*(?:\x07|\x1b\\)?)")
BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")


@dataclass(frozen=True, slots=True)
class Output:
    """An output of a cell.

    kind  media type, error or stderr
    text  plain text, or base64 for an image
    """

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a notebook.

    kind   code, markdown or raw
    count  execution count
    """

    kind: str
    source: str
    id: str = ""
    outputs: list[Output] = field(default_factory=list)
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Notebook:
    language: str
    cells: list[Cell]
    is_cut: bool = False


def read_notebook(data: bytes) -> Notebook:
    """Parse a version 4 notebook.

    raises  Unreadable
    source  https://nbformat.readthedocs.io/en/latest/format_description.html
    """
    if len(data) > NOTEBOOK_LIMIT_BYTES:
        raise Unreadable(_("This notebook is too large to preview."))
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        raise Unreadable(_("This notebook isn't valid JSON.")) from None
    cells = found.get("cells") if isinstance(found, dict) else None
    if not isinstance(cells, list):
        raise Unreadable(_("This file isn't a version 4 notebook: it has no list of cells."))
    read = [_cell(one) for one in cells[:CELLS_LIMIT] if isinstance(one, dict)]
    return Notebook(_language(found.get("metadata")), read, len(cells) > CELLS_LIMIT)


def _language(metadata: Any) -> str:
    for part, word in (("language_info", "name"), ("kernelspec", "language")):
        found = metadata.get(part) if isinstance(metadata, dict) else None
        name = found.get(word) if isinstance(found, dict) else None
        if isinstance(name, str) and name:
            return name[:40]
    return "python"


def _cell(raw: dict[str, Any]) -> Cell:
    kind = raw.get("cell_type")
    kind = kind if kind in ("code", "markdown", "raw") else "raw"
    outputs = raw.get("outputs") if kind == "code" else None
    made = (
        [_output(one) for one in outputs[:OUTPUTS_LIMIT] if isinstance(one, dict)]
        if isinstance(outputs, list)
        else []
    )
    count, name = raw.get("execution_count"), raw.get("id")
    return Cell(
        kind=kind,
        source=_text(raw.get("source")),
        id=name[:64] if isinstance(name, str) else "",
        outputs=[one for one in made if one],
        count=count if isinstance(count, int) and not isinstance(count, bool) else None,
    )


def _output(raw: dict[str, Any]) -> Output | None:
    word = raw.get("output_type")
    if word == "stream":
        return Output("stderr" if raw.get("name") == "stderr" else "text/plain", _plain(raw.get("text")))
    if word == "error":
        return Output(
            "error",
            _plain(raw.get("traceback")) or _plain(f"{raw.get('ename', '')}: {raw.get('evalue', '')}"),
        )
    data = raw.get("data")
    if not isinstance(data, dict):
        return None
    return next(
        (found for kind in KINDS if kind in data and (found := _output_of_kind(kind, data[kind]))), None
    )


def _output_of_kind(kind: str, value: Any) -> Output | None:
    if kind in IMAGES:
        text = _text(value).replace("\n", "")
        return Output(kind, text) if len(text) <= IMAGE_LIMIT_CHARACTERS and BASE64.fullmatch(text) else None
    if kind == "text/plain":
        return Output(kind, _plain(value))
    text = _text(value)
    return Output(kind, text) if text.strip() and len(text) <= IMAGE_LIMIT_CHARACTERS else None


def _text(value: Any) -> str:
    """Join a multi-line string; lone surrogates are replaced."""
    parts = value if isinstance(value, list) else [value]
    return clean_text("".join(part for part in parts if isinstance(part, str)))


def _plain(value: Any) -> str:
    """Return terminal output without escape sequences, truncated."""
    lines = (
        value
        if isinstance(value, list) and not any(isinstance(one, str) and one.endswith("\n") for one in value)
        else None
    )
    text = ESCAPES.sub("", "\n".join(str(one) for one in lines) if lines else _text(value)).rstrip("\n")
    text = clean_text(text)
    return text if len(text) <= TEXT_LIMIT_CHARACTERS else text[:TEXT_LIMIT_CHARACTERS] + " …"
