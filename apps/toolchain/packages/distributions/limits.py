"""Limits on what an archive may contain, and the names that its entries may have."""

from __future__ import annotations

import time
import unicodedata

from ..errors import BadDistribution

METADATA_LIMIT_BYTES = 2 << 20
ENTRIES_LIMIT = 50_000
UNPACKED_LIMIT_BYTES = 16 << 30
# what is packed more densely is made to fill a disk
RATIO_LIMIT = 200
RATIO_FROM_BYTES = 64 << 20
READING_SECONDS = 60


class Budget:
    """What is left for reading one archive.

    packed_bytes  size of the archive
    """

    def __init__(self, packed_bytes: int) -> None:
        self.packed, self.unpacked, self.entries = packed_bytes, 0, 0
        self.end = time.monotonic() + READING_SECONDS

    def spend(self, name: str, size: int) -> None:
        """Count an entry.

        raises  BadDistribution
        """
        self.entries += 1
        self.unpacked += size
        if self.entries > ENTRIES_LIMIT:
            raise BadDistribution(f"The archive has more than {ENTRIES_LIMIT} entries.")
        is_dense = self.unpacked > RATIO_FROM_BYTES and self.unpacked > self.packed * RATIO_LIMIT
        if size < 0 or self.unpacked > UNPACKED_LIMIT_BYTES or is_dense:
            raise BadDistribution(f"The archive expands too far (at {shown(name)}).")
        if time.monotonic() > self.end:
            raise BadDistribution("The archive takes too long to read.")


def shown(name: str) -> str:
    """Return a name from an archive as a sentence may contain it."""
    return ascii(name[:80])


def check_name(name: str) -> None:
    """Refuse the name of an entry that leaves the folder, or that systems read in different ways.

    raises  BadDistribution
    """
    parts = name.rstrip("/").split("/")
    is_bad = (
        not name
        or name.startswith("/")
        or "\\" in name
        or ":" in parts[0]
        or any(part in ("", ".", "..") for part in parts)
        or any(unicodedata.category(letter) in ("Cc", "Cs") for letter in name)
        or len(name) > 1000
    )
    if is_bad:
        raise BadDistribution(f"The archive has an entry with an unsafe name: {shown(name)}.")
