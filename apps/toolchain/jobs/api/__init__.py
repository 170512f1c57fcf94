"""The REST API of jobs and receipts, for users and workers."""

from .jobs import JobCancel, JobDetail, JobEvents, JobList, JobMetrics, JobRetry
from .receipts import KeyList, ReceiptDetail, ReceiptList
from .recipes import RecipeList
from .stream import job_stream
from .workers import JobClaim, JobResults

__all__ = [
    "JobCancel",
    "JobClaim",
    "JobDetail",
    "JobEvents",
    "JobList",
    "JobMetrics",
    "JobResults",
    "JobRetry",
    "KeyList",
    "ReceiptDetail",
    "ReceiptList",
    "RecipeList",
    "job_stream",
]
