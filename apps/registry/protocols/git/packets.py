"""Packet lines, the framing of git's protocol."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from apps.core.errors import BadRequest, TooLarge

FLUSH = b"0000"
LINE_LIMIT_BYTES = 65_516
BAND_BYTES = 65_515
DATA_BAND, PROGRESS_BAND = b"\x01", b"\x02"


def packet(data: bytes) -> bytes:
    """Return one packet line.

    source  git's Documentation/gitprotocol-common
    """
    return f"{len(data) + 4:04x}".encode() + data


def side_band(band: bytes, data: bytes) -> bytes:
    """Return data as packet lines of one side band."""
    size = BAND_BYTES - 1
    return b"".join(packet(band + data[start : start + size]) for start in range(0, len(data), size))


class PacketReader:
    """Reads packet lines from the start of a stream of blocks; `rest` yields what follows them."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self.blocks, self.buffer = blocks, b""

    def lines(self) -> Iterator[bytes]:
        """Yield lines up to a flush packet.

        raises  BadRequest if a line is malformed or the stream ends before the flush
        """
        while True:
            try:
                length = int(self._take(4), 16)
            except ValueError:
                raise BadRequest("The request has a malformed packet line.") from None
            if length == 0:
                return
            if not 4 <= length <= LINE_LIMIT_BYTES + 4:
                raise BadRequest("The request has a malformed packet line.")
            yield self._take(length - 4)

    def rest(self) -> Iterator[bytes]:
        """Yield everything after the lines that were read."""
        if self.buffer:
            yield self.buffer
        yield from self.blocks

    def _take(self, count: int) -> bytes:
        while len(self.buffer) < count:
            block = next(self.blocks, None)
            if block is None:
                raise BadRequest("The request ended in the middle of a packet line.")
            self.buffer += block
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data


def inflate(blocks: Iterable[bytes], limit_bytes: int, step: int = 1 << 20) -> Iterator[bytes]:
    """Decompress gzip in pieces of bounded size.

    raises  BadRequest if it is not gzip or is truncated, TooLarge above the limit
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
                raise TooLarge(f"The decompressed request is larger than {limit_bytes} bytes.")
            if data:
                yield data
    if not engine.eof:
        raise BadRequest("The gzip body is truncated.")
