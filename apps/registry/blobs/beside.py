"""Work beside a transfer: what is reckoned from the bytes runs on a thread of its own while the next ones arrive."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Generic, Self, TypeVar

# So many steps may wait: the memory of an upload stays at some MiB when the processor is behind.
WAITING_LIMIT = 4


Step = TypeVar("Step")


class Beside(Generic[Step]):
    """Gives steps to `take`, in their order, without holding up who has them: hashing and syncing let other threads run.

    What was given must not change any more.
    """

    def __init__(self, take: Callable[[Step], object]) -> None:
        self._take = take
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="beside")
        self._waiting: deque[Future[object]] = deque()

    def put(self, step: Step) -> None:
        """Give the next step; waits only while several earlier steps are not done.

        raises  what an earlier step raised
        """
        self._waiting.append(self._thread.submit(self._take, step))
        while self._waiting and (len(self._waiting) > WAITING_LIMIT or self._waiting[0].done()):
            self._waiting.popleft().result()

    def wait(self) -> None:
        """Return when all steps are done.

        raises  what one of them raised
        """
        while self._waiting:
            self._waiting.popleft().result()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._thread.shutdown(cancel_futures=True)


class Sha256Beside(Beside[bytes]):
    """The SHA-256 of all blocks."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        super().__init__(self._digest.update)

    def hexdigest(self) -> str:
        self.wait()
        return self._digest.hexdigest()
