"""Reading jobs: lists, curves, lineage."""

from .curves import Curves, curves_of
from .events import event_json, events_after, last_event_number, log_tail, stream_event, timeline_events
from .failures import FailureCause, error_json
from .jobs import active_job_counts, by_score, events_of, jobs_for, listed_jobs, result_schema
from .lineage import Graph, is_made_by, lineage_for, lineage_of_job
from .usage import used_by
from .workers import active_worker_kinds, has_worker, missing_worker, needs_device
from .written import WrittenSamples, written_samples

__all__ = [
    "Curves",
    "FailureCause",
    "Graph",
    "WrittenSamples",
    "active_job_counts",
    "active_worker_kinds",
    "by_score",
    "curves_of",
    "error_json",
    "event_json",
    "events_after",
    "events_of",
    "has_worker",
    "is_made_by",
    "jobs_for",
    "last_event_number",
    "lineage_for",
    "lineage_of_job",
    "listed_jobs",
    "log_tail",
    "missing_worker",
    "needs_device",
    "result_schema",
    "stream_event",
    "timeline_events",
    "used_by",
    "written_samples",
]
