"""Moving a job, with all that belongs to a move: its event, its keys, its usage, its message to the queue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from apps.business.usage.models import Meter
from apps.business.usage.services import record_usage
from apps.core.queue import Queue, enqueue
from apps.users.accounts.services import revoke_job_keys

from ..contracts import Event, EventKind
from ..live import LiveEvent, as_text, publish
from ..models import Device, Job, JobEvent, JobState, Worker

TASK = "ml.run_job"
TRIES_LIMIT = 3
GPU_SEEN_FOR = timedelta(days=7)


def keep_events(job: Job, rows: Sequence[JobEvent]) -> None:
    """Store events and show them to followers; the job's row is locked by the caller and saved by it afterwards."""
    if not rows:
        return
    stored = JobEvent.objects.bulk_create(rows)
    job.event_count += len(stored)
    publish(job.pk, [LiveEvent(row.pk, row.kind, as_text(row.live())) for row in stored])


def note(job: Job, kind: EventKind, data: dict[str, Any]) -> None:
    """Store an event of the site's own."""
    keep_events(job, [JobEvent(job=job, attempt=job.attempt, kind=str(kind), at=timezone.now(), data=data)])


def note_line(job: Job, line: str, level: str = "warning") -> None:
    note(job, EventKind.LOG, {"level": level, "line": line})


def event_row(job: Job, event: Event, at: datetime) -> JobEvent:
    return JobEvent(job=job, attempt=job.attempt, seq=event.seq, kind=str(event.kind), at=at, data=dict(event.data))


def change_state(job: Job, state: JobState, *, is_told: bool = False, **facts: str) -> None:
    """Move a locked job and do what belongs to the move; saves it.

    is_told  the worker's own event says it already
    facts    fault, code and message of a failure
    """
    was_leased, began, ended = job.is_leased, job.claimed_at, _end_of_attempt(job)
    job.move_to(state)
    if was_leased and not job.is_leased:
        _close_attempt(job, began or ended, ended)
    if job.is_finished:
        JobEvent.objects.filter(job=job, kind=str(EventKind.PROGRESS)).delete()
    if not is_told:
        note(job, EventKind.STATE, {"state": state.value, **{name: value for name, value in facts.items() if value}})
    job.save()


def _end_of_attempt(job: Job) -> datetime:
    """When a leased job was last alive: now, or at the last heartbeat before its lease ran out."""
    now = timezone.now()
    if job.lease_until is None or job.lease_until > now:
        return now
    return job.lease_until - timedelta(seconds=settings.JOB_LEASE_SECONDS)


def _close_attempt(job: Job, began: datetime, ended: datetime) -> None:
    """End the attempt's key and count what it used, once per attempt."""
    revoke_job_keys(job.pk)
    seconds = max(0.0, (ended - began).total_seconds())
    meter, units = meter_of(job.hardware)
    record_usage(
        source="jobs",
        event_id=f"{job.pk}/{job.attempt}",
        namespace_id=job.namespace_id,
        meter=meter,
        amount=round(seconds * units),
        subject=job.get_absolute_url(),
        at=ended,
    )


def meter_of(hardware: dict[str, Any]) -> tuple[Meter, int]:
    """Return what a machine's time counts as, and how many units run at once: GPUs, or cores."""
    if hardware.get("device", "cpu") != "cpu":
        return Meter.GPU_SECONDS, max(1, int(hardware.get("devices") or 1))
    return Meter.CPU_SECONDS, max(1, int(hardware.get("cores") or 1))


def queue_again(job: Job, reason: str) -> None:
    """Put a locked job back into the queue; it resumes from its last checkpoint."""
    note_line(job, reason)
    job.fault = job.code = job.message = ""
    change_state(job, JobState.QUEUED)
    send_message(job)


def send_message(job: Job) -> None:
    """Send the job's id to the queue after commit, and remember when."""
    for queue in queues_for(job):
        enqueue(TASK, job.pk, queue=queue)
    job.sent_at, job.sends = timezone.now(), job.sends + 1
    job.save(update_fields=["sent_at", "sends"])


def queues_for(job: Job) -> list[Queue]:
    """Return where the message goes: a repeated one of a job that may run anywhere goes to both queues."""
    if job.device:
        return [Queue(job.device)]
    if job.sends:
        return [Queue.CPU, Queue.GPU]
    has_gpu = Worker.objects.filter(has_gpu=True, last_seen_at__gte=timezone.now() - GPU_SEEN_FOR).exists()
    return [Queue.GPU if has_gpu else Queue.CPU]


def meter_for_device(device: str) -> Meter:
    return Meter.GPU_SECONDS if device == Device.GPU else Meter.CPU_SECONDS
