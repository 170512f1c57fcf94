"""Reads lines of a text file from any byte offset."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from ..source import Source, Unreadable

BLOCK_BYTES = 64 << 10
LINE_LIMIT_BYTES = 4 << 20
UTF16_BOMS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
BOM = b"\xef\xbb\xbf"


class Lines:
    """An iterator over lines.

    offset  byte at which the next line begins
    """

    def __init__(self, source: Source, offset: int = 0) -> None:
        self.source, self.offset = source, offset

    def __iter__(self) -> Iterator[str]:
        """Yield lines with their endings.

        raises  Unreadable if the text is not UTF-8 or a line exceeds the limit
        """
        for raw in self._raw():
            begins, self.offset = self.offset, self.offset + len(raw)
            yield _decode(raw, begins)

    def _raw(self) -> Iterator[bytes]:
        at, rest = self.offset, b""
        while at < self.source.size:
            block = self.source.read(at, at + BLOCK_BYTES)
            if not block:
                break
            at += len(block)
            *whole, rest = (rest + block).split(b"\n")
            yield from (line + b"\n" for line in whole)
            if len(rest) > LINE_LIMIT_BYTES:
                raise Unreadable(
                    _("This file has a line longer than %(size)s MiB.") % {"size": LINE_LIMIT_BYTES >> 20}
                )
        if rest:
            yield rest


def _decode(raw: bytes, begins: int) -> str:
    if begins == 0:
        if raw[:2] in UTF16_BOMS:
            raise Unreadable(
                _("This file is encoded as %(encoding)s. Save it as UTF-8 to preview rows.")
                % {"encoding": UTF16_BOMS[raw[:2]]}
            )
        raw = raw.removeprefix(BOM)
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        facts = {"at": begins + error.start, "byte": f"0x{raw[error.start]:02X}"}
        raise Unreadable(
            _("This file isn't valid UTF-8: byte %(at)s is %(byte)s. Save it as UTF-8 to preview rows.")
            % facts
        ) from None
