"""Sends a job's events in batches, renews its lease with heartbeats and learns of cancellation."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import structlog

from apps.toolchain.contracts import (
    BATCH_LIMIT_BYTES,
    BATCH_LIMIT_EVENTS,
    LINE_LIMIT,
    Claim,
    Event,
    EventBatch,
    EventKind,
)

from .faults import JobCancellation, LeaseLost, PlatformFault
from .hub import Hub, HubRefusal, HubUnreachable

log = structlog.get_logger(__name__)
BATCH_SECONDS = 0.5
WAITING_LIMIT = 20_000
LINES_LIMIT = 5_000
LINES_PER_SECOND = 50.0
UNREACHABLE_SECONDS = 600.0


class Reporter:
    """Collects events from any thread; a thread of its own sends them in order.

    `check` raises what the hub has answered since. Of log lines, LINES_PER_SECOND are sent after the first
    LINES_LIMIT, and at most LINES_LIMIT are queued; further ones are dropped and counted.
    """

    def __init__(self, hub: Hub, claim: Claim) -> None:
        self._hub = hub
        self._claim = claim
        self._waiting: deque[Event] = deque()
        self._lines_waiting = 0
        self._dropped = 0
        self._allowance, self._allowed_at = float(LINES_LIMIT), time.monotonic()
        self._seq = 0
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._ending = False
        self._cancelled = False
        self._lost = self._refusal = ""
        self._thread = threading.Thread(target=self._run, name="reporter", daemon=True)

    def __enter__(self) -> Reporter:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending = True
        self._wake.set()
        self._thread.join()

    def check(self) -> None:
        """Raise JobCancellation or LeaseLost if the hub has told so, PlatformFault if it refused a report."""
        if self._lost:
            raise LeaseLost(self._lost)
        if self._cancelled:
            raise JobCancellation
        if self._refusal:
            raise PlatformFault("worker_error", self._refusal)

    def send(self, kind: EventKind, data: Mapping[str, Any]) -> None:
        """Queue an event; a state is sent at once, anything else with the next batch."""
        with self._lock:
            if kind == EventKind.LOG and not self._may_log():
                self._dropped += 1
                return
            if self._dropped and kind in (EventKind.LOG, EventKind.STATE):
                line = (
                    f"{self._dropped} lines of the log were dropped: {LINES_PER_SECOND:g} a second are kept."
                )
                self._append(EventKind.LOG, {"level": "warning", "line": line})
                self._dropped = 0
            self._append(kind, data)
        if kind == EventKind.STATE:
            self._wake.set()

    def line(self, text: str, level: str = "info") -> None:
        """Queue a log line."""
        self.send(EventKind.LOG, {"level": level, "line": text[:LINE_LIMIT].replace("\x00", "\ufffd")})

    def _may_log(self) -> bool:
        """Take one line from the allowance, which grows with time."""
        now = time.monotonic()
        grown = self._allowance + LINES_PER_SECOND * (now - self._allowed_at)
        self._allowance, self._allowed_at = min(grown, LINES_LIMIT), now
        if self._allowance < 1 or self._lines_waiting >= LINES_LIMIT:
            return False
        self._allowance -= 1
        return True

    def _append(self, kind: EventKind, data: Mapping[str, Any]) -> None:
        if len(self._waiting) >= WAITING_LIMIT and kind not in (EventKind.STATE, EventKind.OUTPUT):
            return
        self._seq += 1
        self._lines_waiting += kind == EventKind.LOG
        self._waiting.append(
            Event(self._seq, kind, datetime.now(UTC).isoformat(timespec="milliseconds"), data)
        )

    def _run(self) -> None:
        """Send until the end: states at once, other events every BATCH_SECONDS, and heartbeats."""
        last, unreachable_since = 0.0, 0.0
        while not self._lost and not (self._ending and not self._waiting):
            self._wake.wait(BATCH_SECONDS)
            self._wake.clear()
            if not self._waiting and time.monotonic() - last < self._claim.heartbeat_seconds:
                continue
            try:
                self._send_batch()
                last, unreachable_since = time.monotonic(), 0.0
            except HubUnreachable as error:
                unreachable_since = unreachable_since or time.monotonic()
                self._wait_for_hub(unreachable_since, error)

    def _send_batch(self) -> None:
        batch = self._next_batch()
        try:
            answer = self._hub.send_events(self._claim, EventBatch(self._claim.attempt, tuple(batch)))
        except LeaseLost as lost:
            self._lost = str(lost) or "The lease was lost."
            return
        except HubRefusal as refusal:
            log.error("events.refused", job=self._claim.spec.id, error=refusal.message, events=len(batch))
            self._drop_refused(batch, refusal.message)
            return
        self._forget(answer.accepted)
        if batch and answer.accepted < batch[0].seq:
            self._lost = f"The hub expects event {answer.accepted + 1}, which was already discarded."
        self._cancelled = self._cancelled or answer.cancel

    def _drop_refused(self, batch: Sequence[Event], reason: str) -> None:
        """Replace the events of a refused batch by a log line, and end the attempt with a fault.

        A batch that is refused although it is one of these, or has a final state, ends the lease.
        """
        is_final = any(event.kind == EventKind.STATE for event in batch) or self._refusal
        if not batch or is_final:
            self._lost = reason
            return
        self._refusal = f"The hub refused a report of the job: {reason}"
        line = {"level": "error", "line": self._refusal[:LINE_LIMIT]}
        with self._lock:
            for place, event in enumerate(batch):
                self._lines_waiting -= self._waiting[place].kind == EventKind.LOG
                self._waiting[place] = Event(event.seq, EventKind.LOG, event.at, line)
                self._lines_waiting += 1

    def _next_batch(self) -> list[Event]:
        """Return the first queued events that fit into one request."""
        batch: list[Event] = []
        size = 100
        with self._lock:
            for event in self._waiting:
                size += len(json.dumps(event.to_json())) + 2
                if len(batch) >= BATCH_LIMIT_EVENTS or size > BATCH_LIMIT_BYTES:
                    break
                batch.append(event)
        return batch

    def _forget(self, accepted: int) -> None:
        """Discard the events that the hub has stored."""
        with self._lock:
            while self._waiting and self._waiting[0].seq <= accepted:
                self._lines_waiting -= self._waiting.popleft().kind == EventKind.LOG

    def _wait_for_hub(self, since: float, error: HubUnreachable) -> None:
        """Wait before the next try; give up the job after UNREACHABLE_SECONDS."""
        unreachable = time.monotonic() - since
        if unreachable > (self._claim.lease_seconds if self._ending else UNREACHABLE_SECONDS):
            self._lost = f"The hub cannot be reached: {error}"
        time.sleep(min(1.0 + unreachable / 10, 10.0))
