"""Models of jobs, events, lineage and workers."""

from .events import JobEvent
from .job import (
    ACTIVE,
    FAULT_CHOICES,
    FINISHED,
    LEASED,
    Device,
    Job,
    JobState,
    Priority,
    RunsOn,
)
from .lineage import Direction, Lineage
from .workers import Worker, WorkerState

__all__ = [
    "ACTIVE",
    "FAULT_CHOICES",
    "FINISHED",
    "LEASED",
    "Device",
    "Direction",
    "Job",
    "JobEvent",
    "JobState",
    "Lineage",
    "Priority",
    "RunsOn",
    "Worker",
    "WorkerState",
]
