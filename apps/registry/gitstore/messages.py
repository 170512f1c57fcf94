"""Text of commits and tags, in the encoding of their author."""

from __future__ import annotations

import re

from apps.core.text.storable import clean_text

TITLE_LIMIT_CHARACTERS, MESSAGE_LIMIT_CHARACTERS, NAME_LIMIT_CHARACTERS = 1_000, 100_000, 200
# ASCII-compatible encodings; other codecs are not text encodings
ENCODINGS = re.compile(
    r"(utf-?8|iso|latin|windows|cp|koi8|euc|gb|big5|shift|sjis|us-ascii|ascii)[a-z0-9_-]{0,24}", re.IGNORECASE
)


def decode_text(raw: bytes, encoding: str | None = None) -> str:
    """Decode text by its encoding header, or as UTF-8, with replacement characters for invalid bytes.

    encoding  the header's value, which may be anything
    """
    if encoding and ENCODINGS.fullmatch(encoding):
        try:
            return raw.decode(encoding, "replace")
        except LookupError:
            pass
    return raw.decode(errors="replace")


def title_and_message(raw: bytes, encoding: str | None) -> tuple[str, str]:
    """Return the first line of a commit message and the rest, each truncated at a generous limit."""
    title, _, message = clean_text(decode_text(raw, encoding)).partition("\n")
    return _cut(title.strip(), TITLE_LIMIT_CHARACTERS), _cut(message.strip(), MESSAGE_LIMIT_CHARACTERS)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[:limit]} …"
