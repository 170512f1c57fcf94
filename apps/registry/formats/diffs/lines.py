"""Line diffs of two texts, with context."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import groupby, zip_longest
from typing import Any

import pygit2
from django.utils.html import escape
from django.utils.safestring import SafeString
from pygit2.enums import DiffOption

from apps.core.text.highlighting import highlight_lines

from .words import changed_spans, mark_spans, text_of

COLOR_LIMIT_BYTES = 64 << 10
LINES_LIMIT = 40_000
LINE_SHOWN_CHARACTERS = 1_000
MARKS = {"+": "added", "-": "removed", " ": "same"}
NO_NEWLINE = ("<", ">", "=")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a diff.

    mark    same, added, removed or hunk (a hunk header)
    old     number in the old text, from 1
    new     number in the new text
    ending  none if the text has no newline at its end, other if only the line ending differs
    """

    mark: str
    old: int | None
    new: int | None
    html: SafeString
    ending: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """Lines shown side by side."""

    left: Line | None
    right: Line | None


@dataclass(slots=True)
class Patch:
    """The diff of two texts; lines are rendered on demand.

    count  number of lines, including hunk headers
    """

    old: bytes
    new: bytes
    name: str
    raw: Any
    added: int
    removed: int
    count: int

    def lines(self, *, has_colors: bool = True) -> list[Line]:
        colors = _Highlights(self) if has_colors else None
        return _mark_changes([line for hunk in self.raw.hunks for line in _lines_of(hunk, colors)])


def patch_of(old: bytes, new: bytes, name: str, *, context: int = 3) -> Patch | None:
    """Compare two texts; None if they have too many lines."""
    if max(old.count(b"\n"), new.count(b"\n")) > LINES_LIMIT:
        return None
    flags = DiffOption.INDENT_HEURISTIC | DiffOption.FORCE_TEXT
    raw = pygit2.Patch.create_from(old, new, flag=flags, context_lines=context)
    same, added, removed = raw.line_stats
    return Patch(old, new, name, raw, added, removed, same + added + removed + len(raw.hunks))


class _Highlights:
    """The highlighted lines of both texts; large texts are not highlighted."""

    def __init__(self, patch: Patch) -> None:
        self.old, self.new = _highlight_block(patch.old, patch.name), _highlight_block(patch.new, patch.name)

    def line(self, line: Any) -> SafeString | None:
        lines, number = (self.old, line.old_lineno) if line.origin == "-" else (self.new, line.new_lineno)
        return lines[number - 1] if 0 < number <= len(lines) else None


def _highlight_block(data: bytes, name: str) -> list[SafeString]:
    if len(data) > COLOR_LIMIT_BYTES or b"\r" in data.replace(b"\r\n", b"\n"):
        return []
    return highlight_lines(data.decode(errors="replace"), name)


def _lines_of(hunk: Any, colors: _Highlights | None) -> list[Line]:
    lines = [Line("hunk", None, None, escape(hunk.header.rstrip()))]
    for line in hunk.lines:
        if line.origin in NO_NEWLINE:
            lines[-1] = replace(lines[-1], ending="none")
        elif line.origin in MARKS:
            old, new = (number if number > 0 else None for number in (line.old_lineno, line.new_lineno))
            lines.append(Line(MARKS[line.origin], old, new, _html(line, colors)))
    return lines


def _html(line: Any, colors: _Highlights | None) -> SafeString:
    text = line.raw_content.decode(errors="replace").rstrip("\r\n")
    if len(text) > LINE_SHOWN_CHARACTERS:
        return escape(text[:LINE_SHOWN_CHARACTERS] + " …")
    colored = colors.line(line) if colors else None
    return escape(text) if colored is None else colored


def _mark_changes(lines: list[Line]) -> list[Line]:
    """Mark the changed parts of removed lines and the added lines that replaced them."""
    made: list[Line] = []
    for is_change, group in groupby(lines, lambda line: line.mark in ("added", "removed")):
        block = list(group)
        made += _mark_block(block) if is_change else block
    return made


def _mark_block(block: list[Line]) -> list[Line]:
    places = {
        mark: [at for at, line in enumerate(block) if line.mark == mark] for mark in ("removed", "added")
    }
    for before, after in zip(places["removed"], places["added"], strict=False):
        old, new = text_of(block[before].html), text_of(block[after].html)
        if old == new and not block[before].ending and not block[after].ending:
            block[after] = replace(block[after], ending="other")
        for at, found in zip((before, after), changed_spans(old, new), strict=True):
            block[at] = replace(block[at], html=mark_spans(block[at].html, found))
    return block


def pairs_of(lines: Iterable[Line]) -> list[Pair]:
    """Pair lines for the split view; hunk headers span both sides."""
    pairs: list[Pair] = []
    for is_change, group in groupby(lines, lambda line: line.mark in ("added", "removed")):
        block = list(group)
        if is_change:
            sides = ([line for line in block if line.mark == mark] for mark in ("removed", "added"))
            pairs += [Pair(left, right) for left, right in zip_longest(*sides)]
        else:
            pairs += [Pair(line, line) for line in block]
    return pairs
