"""The hub's job API as the worker calls it: claims, events and results over HTTP."""

from __future__ import annotations

import hashlib
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TypeVar

from apps.toolchain.contracts import (
    CheckpointFile,
    Claim,
    ContractError,
    EvaluationResult,
    EventBatch,
    EventsAnswer,
    NextJob,
    NextRequest,
    ReportResult,
    StoredCheckpoint,
    WorkerHello,
    WorkerTerms,
)

from .faults import LeaseLost, PlatformFault

Result = TypeVar("Result")
RESPONSE_LIMIT_BYTES = 8 * 1024 * 1024
TIMEOUT_SECONDS = 30
TRANSFER_SECONDS = 300
BLOCK_BYTES = 1 << 20
CHECKPOINTS_LIMIT = 50
FILES_MISSING = "CheckpointFilesMissing"
LEASE_LOST_STATUSES = (401, 403, 404, 409, 410)


class HubRefusal(Exception):
    """The hub refused a request.

    status   the HTTP status
    message  the hub's own sentence
    facts    the whole answer
    """

    def __init__(self, status: int, message: str, facts: Mapping[str, Any] | None = None) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status
        self.message = message
        self.facts = facts or {}

    @property
    def code(self) -> str:
        return str(self.facts.get("code", ""))


class HubUnreachable(Exception):
    """The hub did not answer, or asked to try again later."""


class Hub:
    """The job API of one hub."""

    def __init__(self, url: str, worker_token: str) -> None:
        self.url = url
        self._worker_token = worker_token

    def hello(self, hello: WorkerHello) -> WorkerTerms:
        """Say what this worker is.

        raises  HubRefusal, HubUnreachable
        """
        return WorkerTerms.from_json(self._post("/api/v1/workers/hello", self._worker_token, hello.to_json()))

    def next_job(self, worker_id: str, request: NextRequest) -> NextJob:
        """Claim the next job that this worker can run.

        raises  HubRefusal, HubUnreachable
        """
        path = f"/api/v1/workers/{worker_id}/next"
        return NextJob.from_json(self._post(path, self._worker_token, request.to_json()))

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

    def list_checkpoints(self, claim: Claim) -> list[StoredCheckpoint]:
        """Return the newest checkpoints that the hub has of a job, without their files (raises as _send)."""
        path = f"/api/v1/jobs/{claim.spec.id}/checkpoints?limit={CHECKPOINTS_LIMIT}"
        answer = self._json(path, claim.key)
        return [
            StoredCheckpoint(one["attempt"], one["step"], (), one["is_resumable"], one["is_final"])
            for one in answer["items"]
        ]

    def get_checkpoint(self, claim: Claim, step: int) -> StoredCheckpoint:
        """Return a checkpoint with the names of its files (raises as _send)."""
        path = f"/api/v1/jobs/{claim.spec.id}/checkpoints/{step}"
        return StoredCheckpoint.from_json(self._json(path, claim.key))

    def record_checkpoint(self, claim: Claim, checkpoint: StoredCheckpoint) -> set[str]:
        """Record a checkpoint; return the hashes of files to upload first (raises as _send)."""
        path = f"/api/v1/jobs/{claim.spec.id}/checkpoints"
        body = {
            "attempt": checkpoint.attempt,
            "step": checkpoint.step,
            "files": [file.to_json() for file in checkpoint.files],
        }
        try:
            self._post(path, claim.key, body)
        except HubRefusal as refusal:
            if refusal.code != FILES_MISSING:
                raise
            return {str(sha256) for sha256 in refusal.facts.get("missing", [])}
        return set()

    def put_checkpoint_file(self, claim: Claim, file: CheckpointFile, source: Path) -> None:
        """Upload a file of a checkpoint (raises as _send)."""
        path = f"/api/v1/jobs/{claim.spec.id}/checkpoint-files/{file.sha256}"
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(file.size_bytes)}
        with source.open("rb") as stream, self._send("PUT", path, claim.key, stream, headers) as answer:
            answer.read(RESPONSE_LIMIT_BYTES)

    def get_checkpoint_file(self, claim: Claim, file: CheckpointFile, target: Path) -> None:
        """Download a file of a checkpoint and check it (raises as _send)."""
        path = f"/jobs/{claim.spec.id}/checkpoint-files/{file.sha256}"
        digest, count = hashlib.sha256(), 0
        with self._send("GET", path, claim.key) as answer, target.open("wb") as stream:
            while count <= file.size_bytes and (block := answer.read(BLOCK_BYTES)):
                count += len(block)
                digest.update(block)
                stream.write(block)
        if (count, digest.hexdigest()) != (file.size_bytes, file.sha256):
            raise HubUnreachable(f"{file.path} did not arrive as it is.")

    def _json(self, path: str, token: str) -> dict[str, Any]:
        with self._send("GET", path, token) as answer:
            return _object(answer.read(RESPONSE_LIMIT_BYTES))

    @contextmanager
    def _send(
        self,
        method: str,
        path: str,
        token: str,
        body: IO[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[Any]:
        """Send a request and yield the answer.

        raises  HubRefusal, HubUnreachable
        """
        known = {"Accept": "application/json", **(headers or {})}
        request = urllib.request.Request(self.url + path, body, known, method=method)
        # the key is for the hub, not for a bucket to which it may send us
        request.add_unredirected_header("Authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(request, timeout=TRANSFER_SECONDS) as answer:
                yield answer
        except urllib.error.HTTPError as error:
            with error:
                raise refusal_of(error) from None
        except (OSError, ValueError) as error:
            raise HubUnreachable(str(error)) from error

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
    message = str(facts.get("detail") or facts.get("title") or facts.get("error") or f"HTTP {status}")
    return HubRefusal(status, message, facts)


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
