"""Work beside a transfer: what is reckoned from the bytes runs on a thread of its own while the next ones arrive."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from types import TracebackType
from typing import Generic, Self, TypeVar

# So many steps may wait: the memory of an upload stays at some MiB when the processor is behind.
WAITING_LIMIT = 4


Step = TypeVar("Step")


class BackgroundStage(Generic[Step]):
    """Gives steps to `take`, in their order, without holding up who has them: hashing and syncing let other threads run.

    What was given must not change any more.
    """

    def __init__(self, take: Callable[[Step], object]) -> None:
        self._take = take
        self._given: SimpleQueue[tuple[Step] | None] = SimpleQueue()
        self._done: SimpleQueue[BaseException | None] = SimpleQueue()
        self._behind, self._has_left = 0, False
        self._thread = Thread(target=self._work, name="beside", daemon=True)
        self._thread.start()

    def _work(self) -> None:
        error = None
        while given := self._given.get():
            if error is None and not self._has_left:
                try:
                    self._take(*given)
                except BaseException as caught:
                    error = caught
            self._done.put(error)

    def _settle(self) -> None:
        self._behind -= 1
        if error := self._done.get():
            raise error

    def put(self, step: Step) -> None:
        """Give the next step; waits only while several earlier steps are not done.

        raises  what an earlier step raised
        """
        self._given.put((step,))
        self._behind += 1
        while self._behind > WAITING_LIMIT or not self._done.empty():
            self._settle()

    def wait(self) -> None:
        """Return when all steps are done.

        raises  what one of them raised
        """
        while self._behind:
            self._settle()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._has_left = True
        self._given.put(None)
        self._thread.join()


class Sha256Stage(BackgroundStage[bytes]):
    """The SHA-256 of all blocks."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        super().__init__(self._digest.update)

    def hexdigest(self) -> str:
        self.wait()
        return self._digest.hexdigest()
