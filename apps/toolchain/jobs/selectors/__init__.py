"""Reading jobs: lists, curves, lineage."""

from .curves import Curves, curves_of
from .events import events_after, last_event_id, log_tail, timeline_events
from .jobs import active_job_counts, events_of, jobs_for, listed_jobs, result_schema
from .lineage import Graph, lineage_for, lineage_of_job
from .workers import has_worker

__all__ = [
    "Curves",
    "Graph",
    "active_job_counts",
    "curves_of",
    "events_after",
    "events_of",
    "has_worker",
    "jobs_for",
    "last_event_id",
    "lineage_for",
    "lineage_of_job",
    "listed_jobs",
    "log_tail",
    "result_schema",
    "timeline_events",
]
