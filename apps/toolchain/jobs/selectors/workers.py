"""Available workers."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from ..models import Device, Job, JobState, RunsOn, Worker

SEEN_WITHIN = timedelta(days=7)
# whose workers have been active, and whether with a GPU
WorkerKinds = frozenset[tuple[int | None, bool]]


def active_worker_kinds() -> WorkerKinds:
    """Return (namespace or None for the site, has a GPU) of the workers that were active within a week."""
    rows = Worker.objects.filter(last_seen_at__gte=timezone.now() - SEEN_WITHIN)
    return frozenset(rows.values_list("namespace_id", "has_gpu").distinct())


def has_worker(job: Job, kinds: WorkerKinds) -> bool:
    """Return whether there is a worker with the job's device among those that may run it."""
    owners = {RunsOn.SITE: (None,), RunsOn.OWN: (job.namespace_id,)}.get(
        RunsOn(job.runs_on), (None, job.namespace_id)
    )
    devices = (job.device == Device.GPU,) if job.device else (True, False)
    return any((owner, device) in kinds for owner in owners for device in devices)


def missing_worker(job: Job) -> str:
    """Return the device that a queued job requires, if no worker with it has been active lately."""
    return job.device if needs_device(job) and not has_worker(job, active_worker_kinds()) else ""


def needs_device(job: Job) -> bool:
    """Return whether a job waits for a worker with a certain device."""
    return job.state == JobState.QUEUED and bool(job.device)
