"""Background stages of a transfer, so that hashing runs while the next bytes arrive."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from types import TracebackType
from typing import Generic, Self, TypeVar

# bounds the memory of an upload to some MiB when the stage falls behind
WAITING_LIMIT = 4


Item = TypeVar("Item")


class BackgroundStage(Generic[Item]):
    """Passes items to `take`, in order, on a thread of its own. Items must not be changed once they are put.

    Worth it for work that releases the GIL, such as hashing and syncing.
    """

    def __init__(self, take: Callable[[Item], object]) -> None:
        self._take = take
        self._queue: SimpleQueue[tuple[Item] | None] = SimpleQueue()
        self._done: SimpleQueue[BaseException | None] = SimpleQueue()
        self._pending, self._is_closed = 0, False
        self._thread = Thread(target=self._work, name="background-stage", daemon=True)
        self._thread.start()

    def _work(self) -> None:
        error = None
        while queued := self._queue.get():
            if error is None and not self._is_closed:
                try:
                    self._take(*queued)
                except BaseException as caught:
                    error = caught
            self._done.put(error)

    def _collect(self) -> None:
        self._pending -= 1
        if error := self._done.get():
            raise error

    def put(self, item: Item) -> None:
        """Queue the next item; blocks only while WAITING_LIMIT earlier ones are unfinished.

        raises  whatever an earlier item raised
        """
        self._queue.put((item,))
        self._pending += 1
        while self._pending > WAITING_LIMIT or not self._done.empty():
            self._collect()

    def wait(self) -> None:
        """Return when all items are processed.

        raises  whatever one of them raised
        """
        while self._pending:
            self._collect()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_closed = True
        self._queue.put(None)
        self._thread.join()


class Sha256Stage(BackgroundStage[bytes]):
    """Computes the SHA-256 of a stream of blocks."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        super().__init__(self._digest.update)

    def hexdigest(self) -> str:
        self.wait()
        return self._digest.hexdigest()
