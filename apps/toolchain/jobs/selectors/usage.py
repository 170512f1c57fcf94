"""What a job has used."""

from __future__ import annotations

from apps.business.usage.meters import Meter
from apps.business.usage.selectors import usage_of_events

from ..models import Job

METERS = (Meter.CPU_SECONDS, Meter.GPU_SECONDS)


def used_by(job: Job) -> dict[str, int]:
    """Return the sums that the finished attempts of a job have counted, by meter."""
    events = [f"{job.pk}/{attempt}" for attempt in range(1, job.attempt + 1)]
    totals = usage_of_events("jobs", events)
    return {meter.value: int(totals.get(meter.value, 0)) for meter in METERS}
