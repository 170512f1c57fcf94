"""What the audit records about jobs."""

from enum import StrEnum


class JobAction(StrEnum):
    CANCELLED = "job.cancelled"
    OUTPUT_CHANGED = "job.output_changed"
    RETRIED = "job.retried"
    SUBMITTED = "job.submitted"
