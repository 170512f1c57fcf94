"""Changing jobs: one function, one action, one transaction."""

from .cancel import cancel_job, retry_job
from .claim import claim_job, claim_next
from .outputs import adopt_output, change_output, set_repo_visibility
from .reap import reap_expired, resend_waiting
from .record import record_events
from .renames import update_repo_address
from .streams import forget_streams
from .submit import submit_job

__all__ = [
    "adopt_output",
    "cancel_job",
    "change_output",
    "claim_job",
    "claim_next",
    "forget_streams",
    "reap_expired",
    "record_events",
    "resend_waiting",
    "retry_job",
    "set_repo_visibility",
    "submit_job",
    "update_repo_address",
]
