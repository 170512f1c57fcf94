"""Short descriptions of errors and names for messages to users."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

NAMES_LIMIT = 10
REASON_LIMIT = 300
CAUSES_LIMIT = 20


def reason(error: BaseException) -> str:
    """Return the first line of the innermost cause's message."""
    while error.__cause__ is not None:
        error = error.__cause__
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0][:REASON_LIMIT]


def join_names(names: Iterable[object]) -> str:
    """Join at most NAMES_LIMIT names and count the rest."""
    some = [str(name) for name in names]
    more = f" and {len(some) - NAMES_LIMIT} more" if len(some) > NAMES_LIMIT else ""
    return ", ".join(some[:NAMES_LIMIT]) + more


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and the chain of its causes."""
    current: BaseException | None = error
    for _ in range(CAUSES_LIMIT):
        if current is None:
            return
        yield current
        current = current.__cause__ or current.__context__
