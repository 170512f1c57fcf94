"""Server-sent events: stored events first, then live ones, with heartbeats, resuming and bounded time.

A feed knows where the events come from; everything about the format and the connection is here.

source  HTML Living Standard, server-sent events
"""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from apps.core.errors import BadRequest, Unavailable, error_at

from .http import ByteStream, release_connection
from .params import parse_int

MEDIA_TYPE = "text/event-stream"
RESUME_HEADER, RESUME_PARAMETER = "Last-Event-ID", "after"
STREAM_SECONDS = 240
HEARTBEAT_SECONDS = 15
# how long a client waits before it reconnects, or before it tries again when all streams are taken
RETRY_SECONDS, BUSY_SECONDS = 1, 5
# the time until the transaction of an event that was seen live is committed
COMMIT_SECONDS = 0.2
# A comment without a blank line: some clients take any blank line for an empty event.
HEARTBEAT = b":\n"
END = b"event: end\ndata: {}\n\n"

_slots = threading.BoundedSemaphore(settings.LIVE_VIEWS_PER_PROCESS)


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """id: position in the feed, from 1; name: of the event; data: JSON text"""

    id: int
    name: str
    data: str


class Feed(Protocol):
    """Events with ascending positions, which are stored before they are followed."""

    def is_over(self) -> bool:
        """Return whether nothing follows the events that are stored now."""

    def stored(self, after: int) -> Sequence[StreamEvent]:
        """Return the next stored events after a position, empty if there are none."""

    def follow(self, after: int, seconds: float) -> Sequence[StreamEvent]:
        """Wait for events after a position, at most so long."""

    def may_be_last(self, event: StreamEvent) -> bool:
        """Return whether the feed may be over with this event."""


class TooManyStreams(Unavailable):
    code = "TooManyStreams"
    title = gettext_noop("Too many streams")
    default = gettext_noop("Too many streams are open. Try again in a few seconds.")


def event_stream(request: HttpRequest, feed: Feed) -> HttpResponseBase:
    """Follow a feed from the Last-Event-ID header or `after`, until an `end` event or for some minutes.

    A client that has everything of a feed that is over gets 204, which tells it not to reconnect.
    raises  BadRequest, TooManyStreams before anything is sent
    """
    after = _resume_position(request)
    if feed.is_over() and not feed.stored(after):
        return HttpResponse(status=204)
    stream = () if request.method == "HEAD" else _Stream(feed, after)
    response = ByteStream(stream, content_type=f"{MEDIA_TYPE}; charset=utf-8")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


def _resume_position(request: HttpRequest) -> int:
    """Return the position to resume after; the header wins, since browsers send it when they reconnect.

    raises  BadRequest
    """
    header = request.headers.get(RESUME_HEADER)
    position = parse_int(header or request.GET.get(RESUME_PARAMETER) or "0")
    if position is None:
        words = _("It must be the id of an event.")
        place = {"header": RESUME_HEADER} if header else {"parameter": RESUME_PARAMETER}
        raise BadRequest(errors=[error_at(words, **place)])
    return position


class _Stream:
    """The blocks of a stream, which holds a slot until it is closed or dropped.

    raises  TooManyStreams
    """

    def __init__(self, feed: Feed, after: int) -> None:
        if not _slots.acquire(blocking=False):
            raise TooManyStreams(headers={"Retry-After": str(BUSY_SECONDS)})
        self._free = weakref.finalize(self, _slots.release)
        self._blocks = _blocks(feed, _Writer(after))

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._blocks)

    def close(self) -> None:
        self._blocks.close()
        self._free()


@dataclass(slots=True)
class _Writer:
    """Formats events. id: of the last one; retry: the field that the first one still has to carry"""

    id: int
    retry: str = f"retry: {RETRY_SECONDS * 1000}\n"

    def format(self, events: Sequence[StreamEvent]) -> Iterator[bytes]:
        for event in events:
            yield f"{self.retry}id: {event.id}\nevent: {event.name}\ndata: {event.data}\n\n".encode()
            self.id, self.retry = event.id, ""


def _blocks(feed: Feed, writer: _Writer) -> Generator[bytes, None, None]:
    end = time.monotonic() + STREAM_SECONDS
    yield HEARTBEAT
    while not (is_over := (yield from _stored(feed, writer))) and time.monotonic() < end:
        yield from _live(feed, writer, end)
    if is_over:
        yield END


def _stored(feed: Feed, writer: _Writer) -> Generator[bytes, None, bool]:
    """Yield the stored events, holding no database connection meanwhile; return whether the feed is over."""
    while True:
        is_over, events = feed.is_over(), feed.stored(writer.id)
        release_connection()
        if not events:
            return is_over
        yield from writer.format(events)


def _live(feed: Feed, writer: _Writer, end: float) -> Iterator[bytes]:
    """Yield live events until the feed may be over, nothing arrives, or the stream's time is up."""
    while (left := end - time.monotonic()) > 0:
        events = feed.follow(writer.id, min(HEARTBEAT_SECONDS, left))
        if not events:
            yield HEARTBEAT
            return
        yield from writer.format(events)
        if any(feed.may_be_last(event) for event in events):
            time.sleep(COMMIT_SECONDS)
            return
