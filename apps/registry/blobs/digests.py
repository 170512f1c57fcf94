"""SHA-256 beside the transfer: hashed on a thread of its own while the next bytes arrive."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

# So many steps may wait: the memory of an upload stays at some MiB when the processor is behind.
WAITING_LIMIT = 4


class Sha256Beside:
    """A SHA-256 that does not hold up who feeds it: hashlib lets other threads run while it works.

    Blocks must not change after they were given.
    """

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sha256")
        self._waiting: deque[Future[None]] = deque()

    def update(self, *blocks: bytes | memoryview) -> None:
        """Take the next bytes; waits only while several earlier steps are not done."""
        self._waiting.append(self._thread.submit(self._take, blocks))
        while len(self._waiting) > WAITING_LIMIT:
            self._waiting.popleft().result()

    def _take(self, blocks: Iterable[bytes | memoryview]) -> None:
        for block in blocks:
            self._digest.update(block)

    def hexdigest(self) -> str:
        while self._waiting:
            self._waiting.popleft().result()
        return self._digest.hexdigest()

    def __enter__(self) -> Sha256Beside:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._thread.shutdown(cancel_futures=True)
