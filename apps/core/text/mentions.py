"""Mentions in Markdown: `@name` becomes a link if somebody has this name."""

from __future__ import annotations

import re
from collections.abc import Mapping

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

NAMES_LIMIT = 50
# not inside a word, an address or a path; a name ends with a letter or digit
MENTION = re.compile(r"(?<![\w@/.-])@([A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9])?)", re.ASCII)


def mentioned_names(text: str) -> list[str]:
    """Return what looks like a mention, in lower case and in order, at most `NAMES_LIMIT`."""
    return list(dict.fromkeys(found.lower() for found in MENTION.findall(text)))[:NAMES_LIMIT]


def link_mentions(parser: MarkdownIt) -> None:
    """Link the names of `env["names"]`, lower case to paths, and collect `env["mentioned"]`."""
    parser.core.ruler.after("inline", "mentions", _link_mentions)


def _link_mentions(state: StateCore) -> None:
    names: Mapping[str, str] = state.env.get("names") or {}
    if not names:
        return
    mentioned = state.env.setdefault("mentioned", {})
    for block in state.tokens:
        if block.type == "inline" and block.children and "@" in block.content:
            block.children = list(_with_links(block.children, names, mentioned))


def _with_links(tokens: list[Token], names: Mapping[str, str], mentioned: dict[str, None]) -> list[Token]:
    result, depth = [], 0
    for token in tokens:
        depth += {"link_open": 1, "link_close": -1}.get(token.type, 0)
        is_plain = token.type == "text" and not depth
        result += _split(token, names, mentioned) if is_plain else [token]
    return result


def _split(token: Token, names: Mapping[str, str], mentioned: dict[str, None]) -> list[Token]:
    parts: list[Token] = []
    end = 0
    for found in MENTION.finditer(token.content):
        path = names.get(found[1].lower())
        if path is None:
            continue
        mentioned[found[1].lower()] = None
        parts += [_text(token.content[end : found.start()]), *_link(found[0], path)]
        end = found.end()
    return [*parts, _text(token.content[end:])]


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _link(content: str, path: str) -> list[Token]:
    opening = Token("link_open", "a", 1, attrs={"href": path, "class": "mention"})
    return [opening, _text(content), Token("link_close", "a", -1)]
