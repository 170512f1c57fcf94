"""Two stores as one during a migration: writes go to the first, reads to whichever has the object."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from heapq import merge
from operator import attrgetter
from pathlib import Path

from .store import NO_HEADERS, DirectParts, ObjectEntry, ObjectStore, ObjectWriter


class PairStore(ObjectStore):
    """A store with the previous one as its fallback."""

    def __init__(self, first: ObjectStore, second: ObjectStore) -> None:
        self.first, self.second = first, second

    def _holder(self, key: str) -> ObjectStore:
        """Return the store that has the object, or the first if neither has."""
        return self.second if not self.first.has(key) and self.second.has(key) else self.first

    def writer(self, key: str) -> ObjectWriter:
        return self.first.writer(key)

    def make_durable(self, keys: Iterable[str]) -> None:
        for key in keys:
            self._holder(key).make_durable([key])

    def size(self, key: str) -> int | None:
        found = self.first.size(key)
        return found if found is not None else self.second.size(key)

    def read(self, key: str, start: int, end: int) -> bytes:
        return self._holder(key).read(key, start, end)

    def stream(self, key: str, start: int, end: int) -> Iterator[bytes]:
        return self._holder(key).stream(key, start, end)

    def delete(self, key: str) -> None:
        for store in (self.second, self.first):
            store.delete(key)

    def entries(self, folder: str, *, after: str = "") -> Iterator[ObjectEntry]:
        # stable: of two equal keys, that of the first store comes first
        both = (store.entries(folder, after=after) for store in (self.first, self.second))
        last = ""
        for entry in merge(*both, key=attrgetter("key")):
            if entry.key != last:
                yield entry
            last = entry.key

    def local_path(self, key: str) -> Path | None:
        return self._holder(key).local_path(key)

    def download_url(
        self,
        key: str,
        *,
        seconds: int,
        span: tuple[int, int] | None = None,
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> str | None:
        return self._holder(key).download_url(key, seconds=seconds, span=span, headers=headers)

    def direct_parts(self) -> DirectParts | None:
        return self.first.direct_parts()

    def sweep(self, *, older_than_seconds: float, folders: Collection[str]) -> int:
        return sum(
            store.sweep(older_than_seconds=older_than_seconds, folders=folders)
            for store in (self.first, self.second)
        )
