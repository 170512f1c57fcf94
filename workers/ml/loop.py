"""Asks the hub for jobs, when a message wakes the worker and at intervals, and runs them one by one."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from apps.toolchain.contracts import Claim, NextRequest

from .hub import Hub, HubRefusal, HubUnreachable
from .inventory import hello, next_request
from .settings import WorkerSettings
from .supervisor import free_disk_space, stopping

log = structlog.get_logger(__name__)
POLL_SECONDS = 5.0
REFUSED_SECONDS = 60.0
UNKNOWN_WORKER = 404


class JobLoop:
    """The jobs of one worker: at most one at a time, whoever wakes it.

    A lost message costs no more than the time until the worker asks by itself.

    run  runs a claimed job to its end
    """

    def __init__(self, settings: WorkerSettings, run: Callable[[Hub, Claim], object]) -> None:
        self._settings = settings
        self._run = run
        self._hub = Hub(settings.hub_url, settings.token)
        self._worker_id = ""
        self._pause = POLL_SECONDS
        self._last_reason = ""
        self._busy = threading.Lock()
        self._poller = threading.Thread(target=self._poll, name="poller", daemon=True)

    def start(self) -> None:
        """Ask at intervals, in a thread of its own."""
        self._poller.start()

    def join(self, seconds: float | None = None) -> None:
        """Wait for the end of the polling, and of the job that it has found."""
        if self._poller.is_alive():
            self._poller.join(seconds)

    def run_available(self) -> None:
        """Run jobs until the hub has none for this worker."""
        with self._busy:
            self._run_all()

    def _run_all(self) -> None:
        while not stopping.is_set() and (claim := self._next()):
            self._run(self._hub, claim)

    def _poll(self) -> None:
        while not stopping.is_set():
            if self._busy.acquire(blocking=False):
                try:
                    self._run_all()
                except Exception:
                    log.exception("poll.failed")
                finally:
                    self._busy.release()
            stopping.wait(self._pause)

    def _next(self) -> Claim | None:
        """Claim the next job; None if there is none, or the hub cannot be asked now."""
        self._pause = POLL_SECONDS
        try:
            free_disk_space(self._settings)
            return self._ask(next_request(self._settings))
        except HubUnreachable as error:
            log.warning("hub.unreachable", error=str(error))
        except HubRefusal as refusal:
            log.error("worker.refused", error=refusal.message, status=refusal.status)
            self._worker_id = ""
            self._pause = REFUSED_SECONDS
        return None

    def _ask(self, request: NextRequest) -> Claim | None:
        if not self._worker_id:
            self._worker_id = self._hub.hello(hello(self._settings)).id
        try:
            answer = self._hub.next_job(self._worker_id, request)
        except HubRefusal as refusal:
            if refusal.status != UNKNOWN_WORKER:
                raise
            self._worker_id = self._hub.hello(hello(self._settings)).id
            answer = self._hub.next_job(self._worker_id, request)
        if answer.reason != self._last_reason:
            log.info("worker.state", state=answer.state, reason=answer.reason)
        self._last_reason = answer.reason
        return answer.claim
