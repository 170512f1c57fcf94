"""Recording a worker's events: in order, once each, and only from the current attempt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.core.actor import Actor
from apps.toolchain.contracts import Event, EventBatch, EventKind, EventsAnswer, Fault, RunState

from ..access import job_of_key
from ..errors import StaleAttempt
from ..models import Job, JobState
from .moves import change_state, event_row, record_log_line, renew_lease, requeue, store_events
from .outputs import record_output
from .retries import WORKER_STOPPED, is_retryable, record_worker_failure, reset_worker_failures

EVENTS_LIMIT = 200_000
# kinds of events that a job with so many does without
DROPPED = (EventKind.LOG, EventKind.SAMPLES, EventKind.PIECE)
CLOCK_TOLERANCE = timedelta(minutes=5)
ENDS = {
    RunState.SUCCEEDED: JobState.SUCCEEDED,
    RunState.FAILED: JobState.FAILED,
    RunState.CANCELLED: JobState.CANCELLED,
}


@transaction.atomic
def record_events(*, actor: Actor, job_id: UUID, batch: EventBatch) -> EventsAnswer:
    """Store new events, change the job's state accordingly and renew its lease; without events, a heartbeat.

    returns  the highest stored sequence number, from which the worker continues after a gap, and whether the
             job was cancelled
    raises   StaleAttempt, JobAlreadyFinished, Forbidden
    """
    job = job_of_key(actor, job_id)
    if batch.attempt != job.attempt or not job.is_leased:
        raise StaleAttempt
    fresh = list(_next_in_order(batch.events, job.last_seq))
    renew_lease(job)
    if fresh:
        job.last_seq = fresh[-1].seq
        store_events(job, [event_row(job, event, _event_time(event.at)) for event in _to_store(job, fresh)])
    for event in fresh:
        _apply(job, event)
    job.save()
    return EventsAnswer(job.last_seq, cancel=job.is_cancelling)


def _next_in_order(events: Sequence[Event], last: int) -> Iterator[Event]:
    """Skip replays; stop at a gap, and after the event that ends the job."""
    for event in sorted(events, key=lambda event: event.seq):
        if event.seq <= last:
            continue
        if event.seq != last + 1:
            return
        yield event
        last = event.seq
        if event.kind == EventKind.STATE and event.data["state"] != RunState.RUNNING:
            return


def _to_store(job: Job, events: list[Event]) -> list[Event]:
    """Drop progress superseded within the batch; once the job has too many events, log lines and samples."""
    newest = max((event.seq for event in events if event.kind == EventKind.PROGRESS), default=0)
    is_full = job.event_count >= EVENTS_LIMIT
    return [
        event
        for event in events
        if not (event.kind == EventKind.PROGRESS and event.seq < newest)
        and not (is_full and event.kind in DROPPED)
    ]


def _event_time(at: str) -> datetime:
    """Return the worker's time, or ours if theirs is implausible."""
    now = timezone.now()
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return now
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment if abs(moment - now) < CLOCK_TOLERANCE else now


def _apply(job: Job, event: Event) -> None:
    match event.kind:
        case EventKind.STATE:
            _apply_state(job, event)
        case EventKind.PROGRESS:
            job.progress = dict(event.data)
        case EventKind.CHECKPOINT:
            _apply_checkpoint(job, event.data["step"])
        case EventKind.OUTPUT:
            record_output(
                job, kind=event.data["kind"], address=event.data["address"], commit=event.data["commit"]
            )


def _apply_checkpoint(job: Job, step: int) -> None:
    """Record the checkpoint; an attempt that makes progress resets the number of tries."""
    if step > (job.checkpoint_step or 0):
        job.tries = 1
    job.checkpoint_step = step


def _apply_state(job: Job, event: Event) -> None:
    state = RunState(event.data["state"])
    if state == RunState.RUNNING:
        if job.state != JobState.RUNNING:
            change_state(job, JobState.RUNNING, is_reported=True)
        return
    job.fault = event.data.get("fault", "") if state == RunState.FAILED else ""
    job.code, job.message = event.data.get("code", "")[:100], event.data.get("message", "")
    is_platform_fault = state == RunState.FAILED and job.fault == Fault.PLATFORM
    if not is_platform_fault:
        reset_worker_failures(job)
    elif job.code != WORKER_STOPPED:
        record_worker_failure(job)
    if is_platform_fault and not job.is_cancelling and is_retryable(job, job.code, job.message):
        line = f"Attempt {job.attempt} failed on our side. The job was requeued."
        return requeue(job, line, code=job.code, message=job.message)
    if state == RunState.SUCCEEDED and job.state == JobState.CLAIMED:
        change_state(job, JobState.RUNNING)
    if state == RunState.FAILED and job.is_cancelling:
        record_log_line(job, "The job failed while being cancelled.")
    change_state(job, ENDS[state], is_reported=True, is_platform_fault=is_platform_fault)
