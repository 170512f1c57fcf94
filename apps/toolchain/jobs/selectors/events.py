"""A job's events for viewers: as resources, those after a position, the end of the log and the timeline."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.core.rest.fields import timestamp
from apps.core.web.event_stream import StreamEvent
from apps.toolchain.contracts import EventKind

from ..live import compact_json
from ..models import Job, JobEvent
from .failures import error_json

BATCH_SIZE = 500


def event_json(event: JobEvent) -> dict[str, Any]:
    """Return an event as the REST API shows it, in lists and in the live stream."""
    return {
        "id": str(event.number),
        "attempt": event.attempt,
        "kind": event.kind,
        "created_at": timestamp(event.at),
        "data": _data_of(event),
    }


def _data_of(event: JobEvent) -> dict[str, Any]:
    data: Mapping[str, Any] = event.data
    match event.kind:
        case EventKind.STATE:
            error = error_json(data.get("fault", ""), data.get("code", ""), data.get("message", ""))
            return {
                "state": data["state"],
                "worker": data.get("worker"),
                "hardware": data.get("device"),
                "error": error,
            }
        case EventKind.METRIC:
            return {"step": data["step"], "epoch": data.get("epoch"), "values": data["values"]}
        case EventKind.OUTPUT:
            return {"kind": data["kind"], "full_name": data["address"], "commit_sha": data["commit"]}
        case EventKind.SAMPLES:
            return {**data, "step": data.get("step")}
    return dict(data)


def stream_event(event: JobEvent) -> StreamEvent:
    return StreamEvent(event.number, event.kind, compact_json(event_json(event)))


def events_after(job_id: UUID, after: int) -> list[StreamEvent]:
    """Return the next events in the form of the live stream."""
    rows = JobEvent.objects.filter(job_id=job_id, number__gt=after).order_by("number")[:BATCH_SIZE]
    return [stream_event(row) for row in rows]


def last_event_number(job: Job) -> int:
    return JobEvent.objects.filter(job=job).order_by("-number").values_list("number", flat=True).first() or 0


def log_tail(job: Job, *, until: int, lines: int = 500) -> list[dict[str, Any]]:
    """Return the last log lines up to an event's number, oldest first, each with at, level and line."""
    rows = list(
        JobEvent.objects.filter(job=job, kind="log", number__lte=until)
        .order_by("-number")
        .values_list("at", "data")[:lines]
    )
    return [_line(at, data) for at, data in reversed(rows)]


def timeline_events(job: Job, *, until: int, limit: int = 100) -> list[JobEvent]:
    """Return the last state changes, checkpoints and outputs up to an event's number, newest first."""
    rows = JobEvent.objects.filter(job=job, kind__in=["state", "checkpoint", "output"], number__lte=until)
    return list(rows.order_by("-number")[:limit])


def _line(at: datetime, data: dict[str, Any]) -> dict[str, Any]:
    return {"at": at, "level": data.get("level", "info"), "line": data.get("line", "")}
