"""Models of jobs, events, lineage, receipts and workers."""

from .events import JobEvent
from .job import ACTIVE, FAULT_CHOICES, FINISHED, KIND_CHOICES, LEASED, Device, Job, JobState
from .lineage import Direction, Lineage
from .receipts import Receipt, SigningKey
from .workers import Worker

__all__ = [
    "ACTIVE",
    "FAULT_CHOICES",
    "FINISHED",
    "KIND_CHOICES",
    "LEASED",
    "Device",
    "Direction",
    "Job",
    "JobEvent",
    "JobState",
    "Lineage",
    "Receipt",
    "SigningKey",
    "Worker",
]
