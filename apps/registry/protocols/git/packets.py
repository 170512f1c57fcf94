"""Packet lines: how git cuts its messages."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from apps.core.errors import BadRequest, TooLarge

FLUSH = b"0000"
LINE_LIMIT_BYTES = 65_516
BAND_BYTES = 65_515
RESULT_BAND, WORDS_BAND = b"\x01", b"\x02"


def packet(data: bytes) -> bytes:
    """Return one packet line.

    source  git's Documentation/gitprotocol-common
    """
    return f"{len(data) + 4:04x}".encode() + data


def side_band(band: bytes, data: bytes) -> bytes:
    """Return data as packets of a side band."""
    size = BAND_BYTES - 1
    return b"".join(packet(band + data[start : start + size]) for start in range(0, len(data), size))


class PacketReader:
    """Reads packet lines from the head of a stream of blocks; what follows them is left in `rest`."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self.blocks, self.buffer = blocks, b""

    def lines(self) -> Iterator[bytes]:
        """Yield lines up to a flush.

        raises  BadRequest if the stream ends before one
        """
        while True:
            try:
                length = int(self._take(4), 16)
            except ValueError:
                raise BadRequest("This is not a git request.") from None
            if length == 0:
                return
            if not 4 <= length <= LINE_LIMIT_BYTES + 4:
                raise BadRequest("This is not a git request.")
            yield self._take(length - 4)

    def rest(self) -> Iterator[bytes]:
        """Yield everything behind the lines that were read."""
        if self.buffer:
            yield self.buffer
        yield from self.blocks

    def _take(self, count: int) -> bytes:
        while len(self.buffer) < count:
            block = next(self.blocks, None)
            if block is None:
                raise BadRequest("The git request ended too early.")
            self.buffer += block
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data


def inflate(blocks: Iterable[bytes], limit_bytes: int, step: int = 1 << 20) -> Iterator[bytes]:
    """Undo gzip, a bounded piece at a time.

    raises  BadRequest if it is not gzip or ends too early, TooLarge above the limit
    """
    engine, count = zlib.decompressobj(zlib.MAX_WBITS | 16), 0
    for block in blocks:
        while block and not engine.eof:
            try:
                data = engine.decompress(block, step)
            except zlib.error:
                raise BadRequest("The body is not valid gzip.") from None
            block = engine.unconsumed_tail
            count += len(data)
            if count > limit_bytes:
                raise TooLarge(f"The request is larger than {limit_bytes} bytes.")
            if data:
                yield data
    if not engine.eof:
        raise BadRequest("The body ended before its declared length.")
