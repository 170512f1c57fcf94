"""What the audit records about jobs."""

from enum import StrEnum


class JobAction(StrEnum):
    CANCELLED = "job.cancelled"
    RETRIED = "job.retried"
    SUBMITTED = "job.submitted"
