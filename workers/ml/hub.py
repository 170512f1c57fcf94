"""The hub's job API as the worker calls it: claims, events and results over HTTP."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from apps.toolchain.contracts import (
    Claim,
    ClaimRequest,
    ContractError,
    EvaluationResult,
    EventBatch,
    EventsAnswer,
    ReportResult,
)

from .faults import LeaseLost, PlatformFault

Result = TypeVar("Result")
RESPONSE_LIMIT_BYTES = 8 * 1024 * 1024
TIMEOUT_SECONDS = 30
LEASE_LOST_STATUSES = (401, 403, 404, 409, 410)


class HubRefusal(Exception):
    """The hub refused a request. status: the HTTP status; message: the hub's own sentence."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status
        self.message = message


class HubUnreachable(Exception):
    """The hub did not answer, or asked to try again later."""


class Hub:
    """The job API of one hub."""

    def __init__(self, url: str, worker_token: str) -> None:
        self.url = url
        self._worker_token = worker_token

    def claim(self, job_id: str, request: ClaimRequest) -> Claim | None:
        """Claim the job; None if it cannot be claimed.

        raises  HubRefusal, HubUnreachable
        """
        try:
            answer = self._post(f"/api/v1/jobs/{job_id}/claim", self._worker_token, request.to_json())
        except HubRefusal as refusal:
            if refusal.status in (404, 409, 410):
                return None
            raise
        return Claim.from_json(answer)

    def send_events(self, claim: Claim, batch: EventBatch) -> EventsAnswer:
        """Report events; an empty batch is a heartbeat.

        raises  LeaseLost, HubUnreachable, HubRefusal if the batch is malformed
        """
        try:
            return EventsAnswer.from_json(
                self._post(f"/api/v1/jobs/{claim.spec.id}/events", claim.key, batch.to_json())
            )
        except HubRefusal as refusal:
            if refusal.status in LEASE_LOST_STATUSES:
                raise LeaseLost(refusal.message) from None
            raise

    def send_result(self, claim: Claim, result: EvaluationResult | ReportResult) -> str:
        """Submit a result and return the receipt's id, "" if it is not signed.

        raises  LeaseLost, PlatformFault
        """
        path = f"/api/v1/jobs/{claim.spec.id}/results"
        try:
            answer = retry_while_unreachable(lambda: self._post(path, claim.key, result.to_json()))
        except HubRefusal as refusal:
            if refusal.status in LEASE_LOST_STATUSES:
                raise LeaseLost(refusal.message) from None
            raise PlatformFault("worker_error", f"The hub refused the result: {refusal.message}") from refusal
        except HubUnreachable as error:
            raise PlatformFault("hub_unreachable", "The hub could not be reached with the result.") from error
        return str(answer.get("receipt") or "")

    def _post(self, path: str, token: str, body: Mapping[str, Any]) -> dict[str, Any]:
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Accept": "application/json",
        }
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
                return _object(answer.read(RESPONSE_LIMIT_BYTES))
        except urllib.error.HTTPError as error:
            with error:
                raise refusal_of(error) from None
        except (OSError, ValueError) as error:
            raise HubUnreachable(str(error)) from error


def refusal_of(error: urllib.error.HTTPError) -> HubRefusal | HubUnreachable:
    """Return what an answer of the hub means: a refusal, or that it should be asked again."""
    status, body = error.code, error.read(RESPONSE_LIMIT_BYTES)
    if status in (408, 429) or status >= 500:
        return HubUnreachable(f"HTTP {status}")
    try:
        facts = _object(body)
    except ValueError:
        facts = {}
    return HubRefusal(
        status, str(facts.get("detail") or facts.get("title") or facts.get("error") or f"HTTP {status}")
    )


def _object(body: bytes) -> dict[str, Any]:
    value = json.loads(body)
    if not isinstance(value, dict):
        raise ContractError({"answer": "Must be an object."})
    return value


def retry_while_unreachable(call: Callable[[], Result], *, max_seconds: float = 60) -> Result:
    """Repeat a call with exponential back-off while the hub is unreachable.

    raises  HubUnreachable after `max_seconds`
    """
    end, pause = time.monotonic() + max_seconds, 0.5
    while True:
        try:
            return call()
        except HubUnreachable:
            if time.monotonic() + pause > end:
                raise
        time.sleep(pause)
        pause = min(pause * 2, 8)
