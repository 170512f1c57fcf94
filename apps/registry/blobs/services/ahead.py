"""SHA-256 ahead of the shard: xorbs are hashed while the next ones come in, so that whoever sends a file waits for its end only.

Which file the xorbs of an upload make is told by the shard, after all of them. Most uploads are one large file, whose xorbs begin to
come in its own order: that is guessed here. What was hashed is kept under all xorbs before it, so a wrong guess costs time alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

import structlog
from django.core.cache import cache

from ..beside import Digest
from ..contents import file_blocks, xorb_index
from ..sha256 import SharedSha256, can_share
from ..store import object_store, xorb_key
from ..xet.hashes import to_raw
from ..xet.reconstruct import STORED_TERM, TermList

KEPT_SECONDS = 6 * 3600
LOCK_SECONDS = 60
# so many xorbs of a file are looked up: 64 GiB
XORBS_LIMIT = 1024
# hashing is slower than the processor's cache: fewer, larger pieces cost fewer turns of a thread
HASHED_CHUNKS = 32

log = structlog.get_logger(__name__)
_hasher = ThreadPoolExecutor(1, thread_name_prefix="ahead")


@dataclass(frozen=True, slots=True)
class Ahead:
    """The xorbs of one upload, numbered from 1 as they began to come in.

    upload  its name, of whichever form; without one nothing is hashed ahead
    """

    upload: str

    def _key(self, part: str | int) -> str:
        return f"ahead:{self.upload}:{part}"

    def begin(self, xorb: str) -> None:
        """Note that a xorb begins to come in."""
        if not self.upload or not can_share():
            return
        cache.add(self._key("count"), 0, KEPT_SECONDS)
        with suppress(ValueError):  # the count was forgotten just now
            cache.set(self._key(cache.incr(self._key("count"))), xorb, KEPT_SECONDS)

    def arrived(self, xorb: str) -> None:
        """Hash what is next, if a xorb that is stored now makes it possible; nobody waits for that."""
        if self.upload and can_share():
            cache.set(self._key(xorb), True, KEPT_SECONDS)
            _hasher.submit(self.advance)

    def advance(self) -> None:
        """Hash all xorbs that are next in turn and here."""
        try:
            while self._step():
                pass
        except Exception:
            log.warning("ahead.failed", exc_info=True)

    def _step(self) -> bool:
        """Hash one xorb, read from the disk's cache; return whether that was to be done, and nobody else is at it."""
        if not cache.add(self._key("lock"), True, LOCK_SECONDS):
            return False
        try:
            before = number, chain = cache.get(self._key("done"), (0, ""))
            xorb = cache.get(self._key(number + 1))
            state = cache.get(_state_key(chain)) if chain else b""
            if not xorb or state is None or not cache.get(self._key(xorb)) or object_store().local_path(xorb_key(xorb)) is None:
                return False
            digest = SharedSha256(state)
            for block in _whole(xorb):
                digest.update(block)
            chain = _link(chain, xorb)
            cache.set(_state_key(chain), digest.state, KEPT_SECONDS)
            if cache.get(self._key("done"), (0, "")) != before:  # the file ended meanwhile
                return False
            cache.set(self._key("done"), (number + 1, chain), KEPT_SECONDS)
            return True
        finally:
            cache.delete(self._key("lock"))

    def end(self) -> None:
        """Hash nothing more of this file: what comes next under the name of the upload is another."""
        if self.upload and (count := cache.get(self._key("count"))):
            cache.set(self._key("done"), (count, ""), KEPT_SECONDS)


def _whole(xorb: str) -> Iterable[bytes]:
    index = xorb_index(xorb)
    return file_blocks(STORED_TERM.pack(to_raw(xorb), index.raw_size, 0, index.count), 0, index.raw_size, run=HASHED_CHUNKS)


def _link(chain: str, xorb: str) -> str:
    return hashlib.sha256(f"{chain}{xorb}".encode()).hexdigest()


def _state_key(chain: str) -> str:
    return f"ahead:state:{chain}"


def begun_digest(terms: TermList) -> tuple[Digest | None, int]:
    """Return a SHA-256 of the first bytes of a file, and how many they are: as many as were hashed ahead, or none."""
    if not can_share():
        return None, 0
    ends, chain = {}, ""
    for number in range(min(len(terms.ends), XORBS_LIMIT)):
        term = terms.term(number)
        if term.start or term.end != xorb_index(term.xorb).count:
            break
        chain = _link(chain, term.xorb)
        ends[_state_key(chain)] = terms.ends[number]
    states = cache.get_many(ends)
    if not states:
        return None, 0
    longest = max(states, key=lambda key: ends[key])
    return SharedSha256(states[longest]), ends[longest]
