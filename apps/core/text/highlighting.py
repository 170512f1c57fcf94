"""Source code as HTML with pygments' short class names, colored by code.css."""

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
# some lexers take quadratic time in the length of a line
LINE_LIMIT_CHARACTERS = 1_000
HIGHLIGHT_SECONDS = 2.0
_formatter = HtmlFormatter(nowrap=True)


class BudgetExceeded(Exception):
    """A lexer used up the page's time."""


@dataclass(slots=True)
class HighlightBudget:
    """CPU seconds and characters left for the code blocks of one page.

    The cost of a lexer cannot be predicted from the text. A block that exceeds the budget, and
    every block after it, is shown without colors.
    """

    seconds: float = HIGHLIGHT_SECONDS
    characters: int = HIGHLIGHT_LIMIT_CHARACTERS

    def spend_on(self, tokens: Iterable[Any]) -> Iterator[Any]:
        """Yield tokens while there is time left (raises BudgetExceeded)."""
        began, end = time.thread_time(), time.thread_time() + self.seconds
        try:
            for token in tokens:
                if time.thread_time() > end:
                    raise BudgetExceeded
                yield token
        finally:
            self.seconds -= time.thread_time() - began

    def admits(self, code: str) -> bool:
        """Return whether a block should be highlighted, and count its characters."""
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


def _highlight(code: str, lexer: Lexer | None, budget: HighlightBudget | None) -> SafeString:
    budget = budget or HighlightBudget()
    if lexer is None or not budget.admits(code):
        return escape(code)
    try:
        # Some lexers drop a last line without a newline.
        html: str = pygments.format(budget.spend_on(lexer.get_tokens(code + "\n")), _formatter)
        return mark_safe(html.removesuffix("\n"))
    except BudgetExceeded:
        return escape(code)


def highlight_code(code: str, lexer_name: str = "", budget: HighlightBudget | None = None) -> SafeString:
    """Return code as escaped HTML, highlighted if pygments knows the lexer and the budget allows.

    budget  shared by the code blocks of a page; by default a fresh one
    """
    return _highlight(code, _lexer_named(lexer_name) if lexer_name else None, budget)


def highlight_lines(code: str, file_name: str) -> list[SafeString]:
    """Return a file's lines as HTML, one string per line; markup never spans lines."""
    text = code.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n")
    return [mark_safe(line) for line in _highlight(text, _lexer_for_file(file_name), None).split("\n")]
