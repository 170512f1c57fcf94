"""Finds the changed parts of a line and marks them in its HTML."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from html import unescape

from django.utils.safestring import SafeString, mark_safe

LINE_LIMIT_CHARACTERS, TOKENS_LIMIT = 600, 120
MIN_SIMILARITY = 0.35
TOKEN = re.compile(r"[\u3040-\u9fff]|[^\W\u3040-\u9fff]+|\s+|.", re.DOTALL)
PIECE = re.compile(r"<[^>]*>|&[^;\s]{1,10};|[^<&]+|.", re.DOTALL)
Span = tuple[int, int]  # start and end in characters


def changed_spans(old: str, new: str) -> tuple[list[Span], list[Span]]:
    """Return the spans of two lines that differ; empty if the lines have little in common."""
    if old == new or max(len(old), len(new)) > LINE_LIMIT_CHARACTERS:
        return [], []
    before, after = TOKEN.findall(old), TOKEN.findall(new)
    if max(len(before), len(after)) > TOKENS_LIMIT:
        return _middle_spans(before, after)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    if _similarity(matcher, before, after) < MIN_SIMILARITY:
        return [], []
    parts = [one for one in matcher.get_opcodes() if one[0] != "equal"]
    return _spans(before, [(start, end) for _, start, end, _, _ in parts]), _spans(
        after, [(start, end) for *_, start, end in parts]
    )


def _similarity(matcher: SequenceMatcher[str], before: list[str], after: list[str]) -> float:
    """Return the share of common non-space characters, from 0 to 1."""
    shared = sum(
        len(token.strip())
        for at, _, size in matcher.get_matching_blocks()
        for token in before[at : at + size]
    )
    most = max(sum(len(token.strip()) for token in tokens) for tokens in (before, after))
    return shared / most if most else 1.0


def _middle_spans(before: list[str], after: list[str]) -> tuple[list[Span], list[Span]]:
    """Return the spans between the common prefix and suffix of two long lines."""
    shortest = min(len(before), len(after))
    head = next((at for at in range(shortest) if before[at] != after[at]), shortest)
    tail = next((at for at in range(shortest - head) if before[-1 - at] != after[-1 - at]), shortest - head)
    if head + tail < shortest * MIN_SIMILARITY:
        return [], []
    return _spans(before, [(head, len(before) - tail)]), _spans(after, [(head, len(after) - tail)])


def _spans(tokens: list[str], parts: list[Span]) -> list[Span]:
    """Convert token ranges to character spans; adjacent ones, or those separated by space, are merged."""
    edges = [0]
    for token in tokens:
        edges.append(edges[-1] + len(token))
    spans: list[Span] = []
    for first, last in parts:
        start, end = edges[first], edges[last]
        if start == end:
            continue
        if spans and not "".join(tokens)[spans[-1][1] : start].strip():
            start = spans.pop()[0]
        spans.append((start, end))
    return spans


def text_of(line: SafeString) -> str:
    """Return the text of a line of HTML."""
    return "".join(unescape(piece) for piece in PIECE.findall(line) if piece[0] != "<")


def mark_spans(line: SafeString, spans: list[Span]) -> SafeString:
    """Wrap spans of a line of HTML in <mark>; marks never cross its tags."""
    if not spans:
        return line
    made, at = [], 0
    for piece in PIECE.findall(line):
        if piece[0] == "<":
            made.append(piece)
        elif piece[0] == "&":
            made.append(f"<mark>{piece}</mark>" if any(start <= at < end for start, end in spans) else piece)
            at += 1
        else:
            made.append(_mark_text(piece, at, spans))
            at += len(piece)
    return mark_safe("".join(made).replace("</mark><mark>", ""))


def _mark_text(text: str, at: int, spans: list[Span]) -> str:
    made, done = [], 0
    for start, end in spans:
        first, last = max(start - at, done), min(end - at, len(text))
        if first < last:
            made.append(f"{text[done:first]}<mark>{text[first:last]}</mark>")
            done = last
    return "".join(made) + text[done:]
