"""Reading jobs: lists, curves, lineage, receipts."""

from .curves import Curves, curves_of
from .events import events_after, last_event_id, log_tail, turns_of
from .jobs import events_of, jobs_for, listed_jobs
from .lineage import Graph, lineage_for, lineage_of_job
from .receipts import CheckedScores, checked_scores, receipts_for
from .workers import has_worker

__all__ = [
    "CheckedScores",
    "Curves",
    "Graph",
    "checked_scores",
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
    "receipts_for",
    "turns_of",
]
