"""Source code as HTML with pygments' short class names; code.css colours them."""

from __future__ import annotations

from functools import lru_cache

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name, get_lexer_for_filename
from pygments.util import ClassNotFound

HIGHLIGHT_LIMIT_CHARACTERS = 200_000
_formatter = HtmlFormatter(nowrap=True)


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


def _marked(code: str, lexer: Lexer | None) -> SafeString:
    if lexer is None or len(code) > HIGHLIGHT_LIMIT_CHARACTERS:
        return escape(code)
    # Some lexers swallow a last line that has no end.
    return mark_safe(highlight(code + "\n", lexer, _formatter).removesuffix("\n"))


def highlight_code(code: str, lexer_name: str = "") -> SafeString:
    """Return code as escaped HTML, coloured if pygments knows the name and the text is not too long."""
    return _marked(code, _lexer_named(lexer_name) if lexer_name else None)


def highlight_lines(code: str, file_name: str) -> list[SafeString]:
    """Return a file's lines as HTML, one string a line; markup never crosses a line's end."""
    text = code.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n")
    return [mark_safe(line) for line in _marked(text, _lexer_for_file(file_name)).split("\n")]
