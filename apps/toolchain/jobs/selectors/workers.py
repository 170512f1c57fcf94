"""Available workers."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from ..models import Device, Job, JobState, Worker

SEEN_WITHIN = timedelta(days=7)


def has_worker(device: str) -> bool:
    """Return whether a worker with this device has asked for jobs or reported within a week."""
    return Worker.objects.filter(
        has_gpu=device == Device.GPU, last_seen_at__gte=timezone.now() - SEEN_WITHIN
    ).exists()


def missing_worker(job: Job) -> str:
    """Return the device that a queued job requires, if no worker with it has been active lately."""
    return job.device if needs_device(job) and not has_worker(job.device) else ""


def needs_device(job: Job) -> bool:
    """Return whether a job waits for a worker with a certain device."""
    return job.state == JobState.QUEUED and bool(job.device)
