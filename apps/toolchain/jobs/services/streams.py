"""Deletes live streams that are no longer needed; the events stay in PostgreSQL."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from .. import live
from ..models import FINISHED, Job

KEEP_AFTER_END = timedelta(minutes=15)
BATCH_SIZE = 500


def forget_streams() -> int:
    """Delete the streams of jobs that finished a while ago or no longer exist; returns how many."""
    ids = list(live.streams())
    return sum(_forget(ids[start : start + BATCH_SIZE]) for start in range(0, len(ids), BATCH_SIZE))


def _forget(ids: list[str]) -> int:
    over = Job.objects.filter(pk__in=ids, state__in=FINISHED, finished_at__lt=timezone.now() - KEEP_AFTER_END)
    known = {str(job_id) for job_id in Job.objects.filter(pk__in=ids).values_list("pk", flat=True)}
    stale = {str(job_id) for job_id in over.values_list("pk", flat=True)} | (set(ids) - known)
    for job_id in stale:
        live.forget(job_id)
    return len(stale)
