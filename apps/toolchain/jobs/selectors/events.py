"""A job's events for viewers: those after an id, the end of the log and the timeline."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from ..live import LiveEvent, compact_json
from ..models import Job, JobEvent


def events_after(job_id: UUID, after: int, limit: int = 500) -> list[LiveEvent]:
    """Return the next events in the form of the live stream, by id."""
    rows = JobEvent.objects.filter(job_id=job_id, id__gt=after).order_by("id")[:limit]
    return [LiveEvent(row.pk, row.kind, compact_json(row.live())) for row in rows]


def last_event_id(job: Job) -> int:
    return JobEvent.objects.filter(job=job).order_by("-id").values_list("id", flat=True).first() or 0


def log_tail(job: Job, *, until: int, lines: int = 500) -> list[dict[str, Any]]:
    """Return the last log lines up to an event's id, oldest first, each with at, level and line."""
    rows = list(
        JobEvent.objects.filter(job=job, kind="log", id__lte=until)
        .order_by("-id")
        .values_list("at", "data")[:lines]
    )
    return [_line(at, data) for at, data in reversed(rows)]


def timeline_events(job: Job, *, until: int, limit: int = 100) -> list[JobEvent]:
    """Return the last state changes, checkpoints and outputs up to an event's id, newest first."""
    rows = JobEvent.objects.filter(job=job, kind__in=["state", "checkpoint", "output"], id__lte=until)
    return list(rows.order_by("-id")[:limit])


def _line(at: datetime, data: dict[str, Any]) -> dict[str, Any]:
    return {"at": at, "level": data.get("level", "info"), "line": data.get("line", "")}
