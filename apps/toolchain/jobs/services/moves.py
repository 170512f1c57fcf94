"""State changes of a job, with their side effects: event, keys, usage and queue message."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, Max
from django.utils import timezone

from apps.business.usage.meters import Meter
from apps.business.usage.services import record_usage
from apps.core.queue import Queue, enqueue
from apps.toolchain.contracts import Event, EventKind, Fault
from apps.users.accounts.services import revoke_job_keys

from ..live import publish
from ..models import Device, Job, JobEvent, JobState, Worker
from ..notifications import announce_end
from ..selectors import stream_event
from .retries import remember_failure, retry_delay, seconds_left, time_message

TASK = "ml.run_job"
GPU_SEEN_WITHIN = timedelta(days=7)
BUSY_GPU_SEEN_WITHIN = timedelta(minutes=10)
LAST_SEEN_EVERY = timedelta(seconds=30)


def store_events(job: Job, rows: Sequence[JobEvent]) -> None:
    """Store and publish events; the caller holds the lock on the job's row and saves it afterwards."""
    if not rows:
        return
    for row in rows:
        job.event_count += 1
        row.number = job.event_count
    JobEvent.objects.bulk_create(rows)
    publish(job.pk, [stream_event(row) for row in rows])


def record_event(job: Job, kind: EventKind, data: dict[str, Any]) -> None:
    """Store an event of the site itself."""
    store_events(job, [JobEvent(job=job, attempt=job.attempt, kind=str(kind), at=timezone.now(), data=data)])


def record_log_line(job: Job, line: str, level: str = "warning") -> None:
    record_event(job, EventKind.LOG, {"level": level, "line": line})


def event_row(job: Job, event: Event, at: datetime) -> JobEvent:
    return JobEvent(
        job=job, attempt=job.attempt, seq=event.seq, kind=str(event.kind), at=at, data=dict(event.data)
    )


def change_state(
    job: Job, state: JobState, *, is_reported: bool = False, is_platform_fault: bool = False, **facts: str
) -> None:
    """Change the state of a locked job with all side effects, and save it.

    is_reported        the worker has already reported this state as an event
    is_platform_fault  usage after the attempt's last checkpoint is not counted
    facts              fault, code and message of a failure
    """
    was_leased, began, ended = job.is_leased, job.claimed_at, _end_of_attempt(job)
    job.move_to(state)
    if was_leased and not job.is_leased:
        _close_attempt(job, began or ended, ended, is_platform_fault=is_platform_fault)
    if job.is_finished:
        JobEvent.objects.filter(job=job, kind=str(EventKind.PROGRESS)).delete()
    if not is_reported:
        known = {name: value for name, value in facts.items() if value}
        record_event(job, EventKind.STATE, {"state": state.value, **known})
    job.save()
    announce_end(job)


def _end_of_attempt(job: Job) -> datetime:
    """Return when a leased job was last alive: now, or at the last heartbeat before its lease expired."""
    now = timezone.now()
    if job.lease_until is None or job.lease_until > now:
        return now
    return job.lease_until - timedelta(seconds=settings.JOB_LEASE_SECONDS)


def _close_attempt(job: Job, began: datetime, ended: datetime, *, is_platform_fault: bool) -> None:
    """Revoke the attempt's key and record its usage, once per attempt."""
    revoke_job_keys(job.pk)
    ran = max(0.0, (ended - began).total_seconds())
    job.ran_seconds += ran
    Worker.objects.filter(pk=job.worker_id or 0).update(busy_seconds=F("busy_seconds") + ran)
    counted_until = _last_checkpoint(job, began) if is_platform_fault else ended
    seconds = max(0.0, (counted_until - began).total_seconds())
    if is_platform_fault and not seconds:
        return
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


def _last_checkpoint(job: Job, began: datetime) -> datetime:
    """Return the time of the attempt's last checkpoint, or its beginning if there is none."""
    rows = JobEvent.objects.filter(job=job, attempt=job.attempt, kind=str(EventKind.CHECKPOINT))
    return rows.order_by("-id").values_list("at", flat=True).first() or began


def meter_of(hardware: dict[str, Any]) -> tuple[Meter, int]:
    """Return the meter for a machine's time and the number of units that it counts: GPUs or cores."""
    if hardware.get("device", "cpu") != "cpu":
        return Meter.GPU_SECONDS, max(1, int(hardware.get("devices") or 1))
    return Meter.CPU_SECONDS, max(1, int(hardware.get("cores") or 1))


def requeue(job: Job, line: str, *, code: str, message: str = "") -> None:
    """Queue a locked job again after a platform fault; it resumes from its last checkpoint.

    After a delay, if any, the periodic sweep sends its message. A job that has used up its time fails.
    """
    remember_failure(job, code, message)
    if is_out_of_time(job):
        return fail_out_of_time(job)
    wait = retry_delay(job, code)
    record_log_line(job, line)
    job.fault = job.code = job.message = ""
    job.progress = None
    change_state(job, JobState.QUEUED, is_platform_fault=True)
    if not wait:
        return enqueue_job(job)
    job.not_before = timezone.now() + wait
    job.save(update_fields=["not_before"])


def is_out_of_time(job: Job) -> bool:
    """Return whether a job whose attempt ends now has used up its time."""
    ended = _end_of_attempt(job)
    left = seconds_left(job, job.ran_seconds + max(0.0, (ended - (job.claimed_at or ended)).total_seconds()))
    return left is not None and left <= 0


def fail_out_of_time(job: Job) -> None:
    """Fail a locked job that has used up its time."""
    job.fault, job.code, job.message = Fault.USER, "time_exceeded", time_message(job)
    change_state(job, JobState.FAILED, fault=job.fault, code=job.code, message=job.message)


def enqueue_job(job: Job) -> None:
    """Send the job's id to the queue after commit, and record the time."""
    for queue in queues_for(job):
        enqueue(TASK, job.pk, queue=queue)
    job.sent_at, job.sends = timezone.now(), job.sends + 1
    job.save(update_fields=["sent_at", "sends"])


def queues_for(job: Job) -> list[Queue]:
    """Return the queues for the job's message.

    A job for any device goes to the GPU queue if there are GPU workers, even busy ones. If no worker has been
    seen yet, or none takes the message, it goes to both queues.
    """
    if job.device:
        return [Queue(job.device)]
    now = timezone.now()
    seen = dict(
        Worker.objects.filter(namespace=None, last_seen_at__gte=now - GPU_SEEN_WITHIN)
        .values_list("has_gpu")
        .annotate(Max("last_seen_at"))
    )
    has_busy_gpu = True in seen and seen[True] >= now - BUSY_GPU_SEEN_WITHIN
    if not seen or (job.sends and not has_busy_gpu):
        return [Queue.CPU, Queue.GPU]
    return [Queue.GPU if True in seen else Queue.CPU]


def renew_lease(job: Job) -> None:
    """Renew a locked job's lease, and at intervals its worker's last_seen_at; the caller saves the job."""
    now = timezone.now()
    job.lease_until = now + timedelta(seconds=settings.JOB_LEASE_SECONDS)
    if job.worker_id is not None:
        Worker.objects.filter(pk=job.worker_id, last_seen_at__lt=now - LAST_SEEN_EVERY).update(
            last_seen_at=now
        )


def meter_for_device(device: str) -> Meter:
    return Meter.GPU_SECONDS if device == Device.GPU else Meter.CPU_SECONDS
