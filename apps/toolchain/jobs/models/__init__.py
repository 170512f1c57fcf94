"""Rows of jobs: the job, its events, what it read and made, receipts, workers."""

from .events import JobEvent
from .job import ACTIVE, FINISHED, LEASED, Device, Fault, Job, JobKind, JobState
from .lineage import Direction, Lineage
from .receipts import Receipt, SigningKey
from .workers import Worker

__all__ = [
    "ACTIVE",
    "FINISHED",
    "LEASED",
    "Device",
    "Direction",
    "Fault",
    "Job",
    "JobEvent",
    "JobKind",
    "JobState",
    "Lineage",
    "Receipt",
    "SigningKey",
    "Worker",
]
