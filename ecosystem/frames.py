"""Room for deep calls: what CPython takes from the kernel for frames, taken once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

WORDS = 40_000
Called = TypeVar("Called", bound=Callable[..., Any])


def with_room(function: Called) -> Called:
    """Return the function so that all calls below it find 192 KiB of frames mapped.

    CPython maps frames in chunks of 16 KiB, and gives a chunk back as soon as the first call in it returns. Where a loop of a
    template stands at the end of a chunk, each of its calls costs two calls of the kernel and a page to zero: a tenth of the
    time of a page, a fifth of that of a test. A frame that claims 320 KiB gets a chunk of 512, and what it leaves lasts for all.
    """

    def call(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    call.__code__ = call.__code__.replace(co_stacksize=WORDS)
    return cast(Called, call)
