"""Submitting and watching jobs over the REST API and its live stream."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import requests

ENDED = {"succeeded", "failed", "cancelled"}
STREAM_SECONDS = 90
SHOWN_EVERY = 10


class Jobs:
    """report  receives one line per event"""

    def __init__(self, site: str, token: str, report: Callable[[str], None]) -> None:
        self.site, self.report, self.session = site, report, requests.Session()
        self.session.headers["Authorization"] = f"Bearer {token}"

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        response = self.session.request(method, f"{self.site}/api/v1{path}", json=body, timeout=60)
        if response.status_code >= 400:
            raise RuntimeError(f"{method} /api/v1{path}: {response.status_code} {response.text[:600]}")
        content: dict[str, Any] = response.json()
        return content

    def submit(self, **body: Any) -> dict[str, Any]:
        return self._call("POST", "/jobs", body)

    def _events(self, job_id: str, last: str) -> Iterator[dict[str, Any]]:
        """Yield the events of the live stream until it closes."""
        headers = {"Last-Event-ID": last} if last else {}
        with self.session.get(
            f"{self.site}/api/v1/jobs/{job_id}/stream", headers=headers, stream=True, timeout=STREAM_SECONDS
        ) as response:
            response.raise_for_status()
            for raw in response.iter_lines():
                name, _, value = raw.decode().partition(": ")
                if name == "data" and value != "{}":
                    yield json.loads(value)

    def watch(self, job_id: str) -> dict[str, Any]:
        """Follow a job to its end and return it.

        raises  RuntimeError with the job's message if it did not succeed
        """
        last = ""
        while (job := self._call("GET", f"/jobs/{job_id}"))["state"] not in ENDED:
            try:
                for event in self._events(job_id, last):
                    last = event["id"]
                    self._show(event["kind"], event["data"])
            except requests.RequestException:
                time.sleep(1)
        if job["state"] != "succeeded":
            raise RuntimeError(f"The job {job['state']}: {job['error'] and job['error']['message']}")
        return job

    def _show(self, kind: str, data: dict[str, Any]) -> None:
        if kind == "metric" and (
            data.get("step", 0) % SHOWN_EVERY == 0
            or any(name.startswith("validation") for name in data["values"])
        ):
            values = "  ".join(f"{name} {value:.4g}" for name, value in data.get("values", {}).items())
            self.report(f"    step {data.get('step')}: {values}")
        elif kind == "state":
            self.report(f"    {data.get('state')}")

    def get(self, path: str) -> dict[str, Any]:
        return self._call("GET", path)
