"""The REST API of jobs, for users and workers."""

from .jobs import JobCancel, JobDetail, JobEvents, JobList, JobMetricsView, JobRetry, JobUsageView
from .recipes import RecipeList
from .stream import JobStream
from .workers import JobClaimView

__all__ = [
    "JobCancel",
    "JobClaimView",
    "JobDetail",
    "JobEvents",
    "JobList",
    "JobMetricsView",
    "JobRetry",
    "JobStream",
    "JobUsageView",
    "RecipeList",
]
