"""Streaming parser of commit lines, which keeps long contents on disk rather than in memory."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from apps.core.errors import BadRequest, TooLarge

from .params import json_object

LINE_LIMIT_BYTES = 256 << 10
MEMORY_LIMIT_BYTES = 4 << 20
CONTENT = re.compile(rb'(?<!\\)"content"\s*:\s*"')
# Replaces a long content in its line; it cannot occur in base64.
PLACEHOLDER = "\N{REPLACEMENT CHARACTER}content"


class NotBase64(BadRequest):
    default = "The content of a file is not valid base64."


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a commit; `content` is the decoded content of a file."""

    key: str
    value: dict[str, Any]
    content: bytes | Path | None = None


class LineReader:
    """Reads lines of JSON from blocks of bytes and decodes long contents into files.

    folder         for long contents; the caller removes it
    content_limit  bytes of one decoded content
    """

    def __init__(self, blocks: Iterator[bytes], folder: Path, content_limit: int) -> None:
        self.blocks, self.folder, self.content_limit = blocks, folder, content_limit
        self.buffer, self.is_over = bytearray(), False
        self.spooled, self.kept = 0, 0

    def __iter__(self) -> Iterator[Line]:
        """Yield the lines.

        raises  BadRequest for a malformed or truncated line, TooLarge
        """
        while self._fill(1):
            line = self._next_line()
            if line is not None:
                yield line

    def _fill(self, count: int) -> bool:
        """Buffer at least `count` bytes, or all that are left; return whether there are any."""
        while len(self.buffer) < count and not self.is_over:
            block = next(self.blocks, None)
            if block is None:
                self.is_over = True
            else:
                self.buffer += block
        return bool(self.buffer)

    def _next_line(self) -> Line | None:
        self._fill(LINE_LIMIT_BYTES)
        end = self.buffer.find(b"\n")
        if end >= 0 or self.is_over:
            return self._line(self._take(end if end >= 0 else len(self.buffer), skip=1))
        found = CONTENT.search(self.buffer)
        if not found:
            raise TooLarge(f"Apart from file contents, a line can have at most {LINE_LIMIT_BYTES} bytes.")
        head = self._take(found.end())
        content = self._spool()
        tail = self._rest_of_line()
        return self._line(head + PLACEHOLDER.encode() + tail, content)

    def _take(self, count: int, *, skip: int = 0) -> bytes:
        data = bytes(self.buffer[:count])
        del self.buffer[: count + skip]
        return data

    def _rest_of_line(self) -> bytes:
        self._fill(LINE_LIMIT_BYTES)
        end = self.buffer.find(b"\n")
        if end < 0 and not self.is_over:
            raise TooLarge(f"Apart from file contents, a line can have at most {LINE_LIMIT_BYTES} bytes.")
        return self._take(end if end >= 0 else len(self.buffer), skip=1)

    def _spool(self) -> Path:
        """Decode base64 up to the closing quote into a file."""
        path = self.folder / str(self.spooled)
        self.spooled += 1
        decoder = Decoder(self.content_limit)
        with path.open("xb") as file:
            while self._fill(1):
                end = self.buffer.find(b'"')
                if end >= 0:
                    decoder.feed(self._take(end, skip=1), file)
                    # Put the quote back: it belongs to the line.
                    self.buffer[:0] = b'"'
                    decoder.finish(file)
                    return path
                decoder.feed(self._take(len(self.buffer)), file)
        raise BadRequest("The commit ended in the middle of a file's content.")

    def _line(self, text: bytes, spooled: Path | None = None) -> Line | None:
        if not text.strip():
            return None
        found = json_object(text, "A line of the commit")
        value = found.get("value")
        if not isinstance(value, dict) or not isinstance(found.get("key"), str):
            raise BadRequest('A line of the commit must be {"key": …, "value": {…}}.')
        if spooled is not None and (found["key"] != "file" or value.get("content") != PLACEHOLDER):
            raise BadRequest(f"Apart from file contents, a line can have at most {LINE_LIMIT_BYTES} bytes.")
        if spooled is not None and value.get("encoding") != "base64":
            raise BadRequest('A long content must be base64: set "encoding" to "base64".')
        return Line(found["key"], value, spooled or self._content(found["key"], value))

    def _content(self, key: str, value: dict[str, Any]) -> bytes | Path | None:
        """Return the content of a short line, in a file once the contents in memory exceed their limit."""
        if key != "file":
            return None
        content = decode_base64(value)
        self.kept += len(content)
        if self.kept <= MEMORY_LIMIT_BYTES:
            return content
        path = self.folder / str(self.spooled)
        self.spooled += 1
        path.write_bytes(content)
        return path


def decode_base64(value: dict[str, Any]) -> bytes:
    """Return the content of a `file` line.

    raises  BadRequest
    """
    content, encoding = value.get("content"), value.get("encoding", "utf-8")
    if not isinstance(content, str):
        raise BadRequest('A file must have "content".')
    if encoding != "base64":
        return content.encode()
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        raise NotBase64 from None


class Decoder:
    """Decodes base64 piece by piece.

    limit  bytes of the decoded data
    """

    def __init__(self, limit: int) -> None:
        self.limit, self.count, self.left, self.is_padded = limit, 0, b"", False

    def feed(self, text: bytes, file: BinaryIO) -> None:
        """Decode the complete groups of four characters and keep the rest for the next piece."""
        text, held = self.left + text, b""
        # JSON may escape a slash as `\/`; base64 itself has no backslash.
        if text.endswith(b"\\"):
            text, held = text[:-1], b"\\"
        text = text.replace(b"\\/", b"/")
        whole = len(text) - len(text) % 4
        self.left = text[whole:] + held
        self._write(text[:whole], file)

    def finish(self, file: BinaryIO) -> None:
        self._write(self.left, file)

    def _write(self, text: bytes, file: BinaryIO) -> None:
        if not text:
            return
        try:
            data = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise NotBase64 from None
        if self.is_padded:
            raise NotBase64
        self.is_padded = text.endswith(b"=")
        self.count += len(data)
        if self.count > self.limit:
            raise TooLarge(
                f"Files above {self.limit} bytes must be uploaded as large files.", limit_bytes=self.limit
            )
        file.write(data)
