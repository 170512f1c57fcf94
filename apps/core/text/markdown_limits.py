"""Limits that keep the cost of rendering Markdown proportional to its length."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, table
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

# One paragraph, heading or cell; longer ones are shown as plain text. Inline parsing takes quadratic time.
RUN_LIMIT_CHARACTERS = 20_000
# Cells of all tables: a two-character row gets as many cells as the table header.
CELLS_LIMIT = 20_000
# Nested elements: the sanitizer scans every open element for each new one.
DEPTH_LIMIT = 300
LINES_LIMIT = 30_000
PENDING_CHARACTERS, PENDING_KEPT = 256, 80
PROTOCOLS = ("http", "https", "mailto", "xmpp")

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)")
# void elements, and elements closed by the next of their kind
_FLAT = frozenset(
    "area br col embed hr img input link meta param source track wbr "
    "p li dt dd tr td th option thead tbody tfoot rp rt".split()
)


class TooComplex(Exception):
    """The text would take too long to render for its length."""


def limit_work(parser: MarkdownIt) -> None:
    """Bound the cost of each construct; the parser raises TooComplex above the limits for a whole text."""
    parser.core.ruler.before("normalize", "lines_limit", _check_lines)
    parser.core.ruler.before("inline", "run_limit", _skip_long_runs)
    parser.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})
    parser.inline.ruler.before("text", "short_pending", _shorten_pending)
    parser.inline.ruler.before("gfm_autolink_protocol", "plain_colon", _plain_colon)


def check_depth(markup: str) -> None:
    """raises  TooComplex if elements are nested too deeply"""
    depth = 0
    for end, name in _TAG.findall(markup):
        if name.lower() in _FLAT:
            continue
        depth = max(0, depth - 1) if end else depth + 1
        if depth > DEPTH_LIMIT:
            raise TooComplex


def _check_lines(state: StateCore) -> None:
    if state.src.count("\n") > LINES_LIMIT:
        raise TooComplex


def _skip_long_runs(state: StateCore) -> None:
    for token in state.tokens:
        if token.type == "inline" and len(token.content) > RUN_LIMIT_CHARACTERS:
            token.children = [Token("text", "", 0, content=token.content)]
            token.content = ""


def _table(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    before = len(state.tokens)
    found = table(state, start_line, end_line, silent)
    if found and not silent:
        cells = sum(token.type in ("th_open", "td_open") for token in state.tokens[before:])
        state.env["cells"] = state.env.get("cells", 0) + cells
        if state.env["cells"] > CELLS_LIMIT:
            raise TooComplex
    return found


def _shorten_pending(state: StateInline, silent: bool) -> bool:
    """Flush long pending text: the autolink rules scan it backwards at each colon and at-sign."""
    if not silent and len(state.pending) > PENDING_CHARACTERS:
        tail = state.pending[-PENDING_KEPT:]
        state.pending = state.pending[:-PENDING_KEPT]
        state.pushPending()
        state.pending = tail
    return False


def _plain_colon(state: StateInline, silent: bool) -> bool:
    """Treat a colon without a URL scheme as text: the autolink rule would scan everything after it."""
    if state.src[state.pos] != ":" or state.src[max(0, state.pos - 6) : state.pos].endswith(PROTOCOLS):
        return False
    if not silent:
        state.pending += ":"
    state.pos += 1
    return True
