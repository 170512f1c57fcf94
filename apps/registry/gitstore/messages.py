"""Words of commits and tags: bytes in whatever encoding their author's git was set to."""

from __future__ import annotations

import re

TITLE_LIMIT_CHARACTERS, MESSAGE_LIMIT_CHARACTERS, NAME_LIMIT_CHARACTERS = 1_000, 100_000, 200
# what names and words of commits have been written in, all of them ASCII where ASCII is; other names of codecs mean no text at all
ENCODINGS = re.compile(
    r"(utf-?8|iso|latin|windows|cp|koi8|euc|gb|big5|shift|sjis|us-ascii|ascii)[a-z0-9_-]{0,24}", re.IGNORECASE
)


def decode_text(raw: bytes, encoding: str | None = None) -> str:
    """Return words in the encoding that their object names, or as UTF-8; what is not text becomes marks.

    encoding  the header of that name, which may hold anything
    """
    if encoding and ENCODINGS.fullmatch(encoding):
        try:
            return raw.decode(encoding, "replace")
        except LookupError:
            pass
    return raw.decode(errors="replace")


def title_and_message(raw: bytes, encoding: str | None) -> tuple[str, str]:
    """Return the first line of a commit's words and what follows, each cut where it is far longer than people write."""
    title, _, message = decode_text(raw, encoding).replace("\0", "\N{REPLACEMENT CHARACTER}").partition("\n")
    return _cut(title.strip(), TITLE_LIMIT_CHARACTERS), _cut(message.strip(), MESSAGE_LIMIT_CHARACTERS)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[:limit]} …"
