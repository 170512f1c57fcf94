"""The REST API of jobs, for users and workers."""

from .jobs import JobCancel, JobDetail, JobEvents, JobList, JobMetrics, JobRetry
from .recipes import RecipeList
from .stream import job_stream
from .workers import JobClaim

__all__ = [
    "JobCancel",
    "JobClaim",
    "JobDetail",
    "JobEvents",
    "JobList",
    "JobMetrics",
    "JobRetry",
    "RecipeList",
    "job_stream",
]
