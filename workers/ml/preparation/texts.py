"""The texts of rows, also within lists and structs: found, cleaned, joined and compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from hashlib import blake2b
from html import unescape
from typing import Any

import pyarrow as pa

KEY_BYTES = 16
# control characters but tab and line feed, zero-width spaces, byte order marks and soft hyphens
INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b\u2060\ufeff]")
LINE_ENDS = re.compile(r"\r\n?|[\u2028\u2029\x85]")
TRAILING_SPACE = re.compile(r"(?<=[^ \t])[ \t]+(?=\n)")
BLANK_LINES = re.compile(r"\n{3,}")
BLOCK_TAG = re.compile(r"</?(?:p|div|br|li|ul|ol|tr|h[1-6]|table|blockquote)\b[^<>]{0,1000}>", re.IGNORECASE)
TAG = re.compile(r"<!--[^<>]{0,10000}-->|</?[A-Za-z][^<>]{0,1000}>")
SPACES = re.compile(r"\s+")
WORD = re.compile(r"\w+")


# fields of a message that name its speaker, each with the field of what is said
SPEAKERS = (("role", "content"), ("from", "value"))


def is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def holds_text(kind: pa.DataType) -> bool:
    """Return whether values of a type are texts or contain some."""
    if is_text(kind):
        return True
    if is_list(kind):
        return holds_text(kind.value_type)
    return pa.types.is_struct(kind) and any(holds_text(field.type) for field in kind)


def is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))


def texts_in(value: Any) -> Iterator[str]:
    """Yield the texts of a Python value, in order, without who says the messages of a chat."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        speakers = {name for name, said in SPEAKERS if said in value}
        for name, item in value.items():
            if name not in speakers:
                yield from texts_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts_in(item)


def change_texts(value: Any, change: Callable[[str], str]) -> Any:
    """Return a Python value with each of its texts changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {name: change_texts(item, change) for name, item in value.items()}
    if isinstance(value, list):
        return [change_texts(item, change) for item in value]
    return value


def clean_text(text: str) -> str:
    """Return a text in composed Unicode, with line feeds, without invisible characters and outer space.

    Spaces within a line stay as they are, since they mean something in code and verse.
    """
    text = unicodedata.normalize("NFC", LINE_ENDS.sub("\n", text))
    text = TRAILING_SPACE.sub("", INVISIBLE.sub("", text))
    return BLANK_LINES.sub("\n\n", text).strip()


def without_html(text: str) -> str:
    """Return a text without HTML tags and comments; entities become characters."""
    if "<" in text:
        text = TAG.sub("", BLOCK_TAG.sub("\n", text))
    return unescape(text) if "&" in text else text


def key_of(text: str) -> bytes:
    """Return what texts have in common that differ only in case, width and spaces."""
    folded = SPACES.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()
    return blake2b(folded.encode("utf-8", "surrogatepass"), digest_size=KEY_BYTES).digest()


def words_of(text: str) -> str:
    """Return the words of a text in lower case, joined by spaces; a text without words stays."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(WORD.findall(folded)) or folded.strip()
