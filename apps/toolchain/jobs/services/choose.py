"""Which queued job a worker gets: one statement decides, and locks the job until the transaction ends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Max
from django.utils import timezone

from apps.toolchain.contracts import fingerprints

from ..models import Device, Worker, WorkerState
from .retries import AVOID_WORKER_FOR, SEEN_WITHIN, substitutes

SHARE_WINDOW = timedelta(hours=1)
BUSY_GPU_SEEN_WITHIN = timedelta(minutes=10)
# how long a job is left to a live worker that has its checkpoint
CHECKPOINT_HOLD = timedelta(seconds=10)
HOLDER_SEEN_WITHIN = timedelta(seconds=30)

# Jobs of the highest priority come first. Of these, the namespace comes first that has had the least time in
# the last hour; of its jobs, one whose checkpoint or inputs the worker has, then the oldest.
NEXT_JOB = """
WITH served AS (
    SELECT namespace_id,
           LEAST(%(window)s, EXTRACT(EPOCH FROM %(now)s - claimed_at)) AS seconds
      FROM jobs_job WHERE state IN ('claimed', 'running')
    UNION ALL
    SELECT namespace_id, LEAST(%(window)s, ran_seconds)
      FROM jobs_job WHERE finished_at > %(since)s
    UNION ALL
    SELECT namespace_id, LEAST(%(window)s, ran_seconds)
      FROM jobs_job WHERE state = 'queued' AND ran_seconds > 0 AND queued_at > %(since)s
), shares AS (
    SELECT namespace_id, SUM(seconds) AS seconds FROM served GROUP BY namespace_id
)
SELECT job.id
  FROM jobs_job job
  JOIN accounts_user submitter ON submitter.id = job.submitted_by_id
  LEFT JOIN shares ON shares.namespace_id = job.namespace_id
 WHERE job.state = 'queued'
   AND job.cancel_requested_at IS NULL
   AND (job.not_before IS NULL OR job.not_before <= %(now)s)
   AND (%(only)s::uuid IS NULL OR job.id = %(only)s)
   AND submitter.is_active
   AND (%(is_isolating)s OR submitter.is_staff)
   AND (job.device = %(device)s OR job.device = '' AND %(takes_any)s)
   AND (%(recipes)s::text[] IS NULL OR job.kind || '/' || job.recipe = ANY(%(recipes)s))
   AND (%(memory_bytes)s::bigint IS NULL OR job.memory_bytes IS NULL OR job.memory_bytes <= %(memory_bytes)s)
   AND (%(disk_bytes)s::bigint IS NULL OR job.disk_bytes IS NULL OR job.disk_bytes <= %(disk_bytes)s)
   AND CASE WHEN %(namespace)s::bigint IS NULL THEN job.runs_on <> 'own'
       ELSE job.namespace_id = %(namespace)s AND job.runs_on <> 'site' AND NOT job.is_site_only
            AND NOT EXISTS (
                SELECT FROM jobs_lineage input
                 WHERE input.job_id = job.id AND input.direction = 'input' AND NOT input.is_public
                   AND lower(split_part(input.address, '/', 1)) <> %(namespace_key)s)
       END
   AND NOT (
       job.failures @> jsonb_build_array(jsonb_build_object('worker', %(worker)s::bigint))
       AND job.queued_at > %(avoid_since)s
       AND EXISTS (
           SELECT FROM jobs_worker other
            WHERE other.state = 'ready' AND other.last_seen_at >= %(seen_since)s
              AND (other.rests_until IS NULL OR other.rests_until <= %(now)s)
              AND (other.namespace_id IS NULL OR other.namespace_id = job.namespace_id)
              AND (job.device = '' OR (job.device = 'gpu') = other.has_gpu)
              AND NOT job.failures @> jsonb_build_array(jsonb_build_object('worker', other.id))))
   AND NOT (
       job.checkpoint_step IS NOT NULL
       AND job.queued_at > %(hold_since)s
       AND NOT job.id::text = ANY(%(held_jobs)s::text[])
       AND EXISTS (
           SELECT FROM jobs_worker holder
            WHERE holder.held_jobs @> to_jsonb(job.id::text) AND holder.id <> %(worker)s
              AND holder.state = 'ready' AND holder.last_seen_at >= %(holder_since)s
              AND (holder.rests_until IS NULL OR holder.rests_until <= %(now)s)
              AND NOT job.failures @> jsonb_build_array(jsonb_build_object('worker', holder.id))))
 ORDER BY job.priority DESC,
          COALESCE(shares.seconds, 0),
          job.id::text = ANY(%(held_jobs)s::text[]) DESC,
          EXISTS (SELECT FROM jsonb_each(job.inputs) input
                   WHERE input.value ->> 'commit' = ANY(%(cached_commits)s::text[])) DESC,
          job.queued_at,
          job.id
 LIMIT 1
   FOR UPDATE OF job SKIP LOCKED
"""


def choose_job(worker: Worker, *, only: UUID | None = None) -> UUID | None:
    """Return the next job that a worker can run, locked; None if there is none.

    Workers that choose at once get different jobs.

    only  consider this job alone; a worker without a GPU may then also have one that a busy GPU would get
    """
    if rest_of(worker):
        return None
    now = timezone.now()
    facts: dict[str, Any] = {
        "now": now,
        "only": only,
        "worker": worker.pk,
        "window": SHARE_WINDOW.total_seconds(),
        "since": now - SHARE_WINDOW,
        "is_isolating": worker.is_isolating,
        "device": Device.GPU.value if worker.has_gpu else Device.CPU.value,
        "takes_any": worker.has_gpu or only is not None or not has_busy_gpu(worker),
        "recipes": matching_recipes(worker),
        "namespace": worker.namespace_id,
        "namespace_key": worker.namespace.key if worker.namespace else "",
        "seen_since": now - SEEN_WITHIN,
        "avoid_since": now - AVOID_WORKER_FOR,
        "hold_since": now - CHECKPOINT_HOLD,
        "holder_since": now - HOLDER_SEEN_WITHIN,
        "held_jobs": worker.held_jobs,
        "cached_commits": worker.cached_commits,
        **_limits(worker),
    }
    with connection.cursor() as cursor:
        cursor.execute(NEXT_JOB, facts)
        row = cursor.fetchone()
    return row[0] if row else None


def rest_of(worker: Worker) -> str:
    """Return why a worker gets no job at all, "" if it may have one."""
    if worker.state != WorkerState.READY:
        return worker.state_reason or str(worker.get_state_display())
    if worker.rests_until and worker.rests_until > timezone.now():
        return f"It rests until {worker.rests_until:%H:%M:%S} UTC, after {worker.failures_in_row} failures."
    return ""


def matching_recipes(worker: Worker) -> list[str] | None:
    """Return the keys of the recipes that worker and site declare alike; None if the worker does not tell."""
    if worker.recipes is None:
        return None
    ours = fingerprints()
    return [key for key, value in worker.recipes.items() if ours.get(key) == value]


def has_busy_gpu(worker: Worker) -> bool:
    """Return whether the site's GPUs take the jobs that could run anywhere."""
    since = timezone.now() - BUSY_GPU_SEEN_WITHIN
    rows = Worker.objects.filter(
        namespace=None, has_gpu=True, state=WorkerState.READY, last_seen_at__gte=since
    )
    return worker.namespace_id is None and rows.exists()


def _limits(worker: Worker) -> dict[str, int | None]:
    """Return the worker's memory and disk, None where no other has more.

    An estimate may be too high, so the largest worker gets what seems to fit nowhere; its own limits hold.
    """
    names = ("memory_bytes", "disk_bytes")
    most = substitutes(worker).aggregate(**{name: Max(name) for name in names})
    own = {name: getattr(worker, name) for name in names}
    return {name: size if size and (most[name] or 0) > size else None for name, size in own.items()}
