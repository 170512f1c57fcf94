"""Source code as HTML with pygments' short class names; code.css colours them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pygments
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name, get_lexer_for_filename
from pygments.util import ClassNotFound

HIGHLIGHT_LIMIT_CHARACTERS = 200_000
# some lexers look from each place of a line to its end
LINE_LIMIT_CHARACTERS = 1_000
HIGHLIGHT_SECONDS = 2.0
_formatter = HtmlFormatter(nowrap=True)


class TooSlow(Exception):
    """A lexer took longer than its share."""


@dataclass(slots=True)
class HighlightBudget:
    """What is left for the code of one page: processor seconds, since what a lexer takes for a text cannot be told from the text.

    A text that takes more than that is shown without colours, as are all after it.
    """

    seconds: float = HIGHLIGHT_SECONDS
    characters: int = HIGHLIGHT_LIMIT_CHARACTERS

    def spend_on(self, tokens: Iterable[Any]) -> Iterator[Any]:
        """Yield tokens while there are seconds left (raises TooSlow)."""
        began, end = time.thread_time(), time.thread_time() + self.seconds
        try:
            for token in tokens:
                if time.thread_time() > end:
                    raise TooSlow
                yield token
        finally:
            self.seconds -= time.thread_time() - began

    def takes(self, code: str) -> bool:
        """Return whether a text is one to colour, and count it."""
        self.characters -= len(code)
        return (
            self.characters >= 0
            and self.seconds > 0
            and all(len(line) <= LINE_LIMIT_CHARACTERS for line in code.split("\n"))
        )


@lru_cache(maxsize=128)
def _lexer_named(name: str) -> Lexer | None:
    try:
        return get_lexer_by_name(name, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None


def _lexer_for_file(name: str) -> Lexer | None:
    try:
        return get_lexer_for_filename(name, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None


def _marked(code: str, lexer: Lexer | None, budget: HighlightBudget | None) -> SafeString:
    budget = budget or HighlightBudget()
    if lexer is None or not budget.takes(code):
        return escape(code)
    try:
        # Some lexers swallow a last line that has no end.
        html: str = pygments.format(budget.spend_on(lexer.get_tokens(code + "\n")), _formatter)
        return mark_safe(html.removesuffix("\n"))
    except TooSlow:
        return escape(code)


def highlight_code(code: str, lexer_name: str = "", budget: HighlightBudget | None = None) -> SafeString:
    """Return code as escaped HTML, coloured if pygments knows the name and the text is not too long.

    budget  of all code of a page; a text alone has one of its own
    """
    return _marked(code, _lexer_named(lexer_name) if lexer_name else None, budget)


def highlight_lines(code: str, file_name: str) -> list[SafeString]:
    """Return a file's lines as HTML, one string a line; markup never crosses a line's end."""
    text = code.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n")
    return [mark_safe(line) for line in _marked(text, _lexer_for_file(file_name), None).split("\n")]
