"""Short tasks by name; each is safe to run twice."""

from __future__ import annotations

from uuid import UUID

import structlog
from celery import shared_task
from django.conf import settings

from apps.business.usage.services import recount_stored
from apps.core.idempotency.services import sweep_responses
from apps.registry.blobs.services import sweep_uploads
from apps.registry.repos.errors import RepoNotFound
from apps.registry.repos.services.delete import purge_deleted
from apps.registry.repos.services.downloads import roll_up_downloads
from apps.registry.repos.services.garbage import collect_garbage
from apps.registry.repos.services.pack import pack_repo, queue_packing
from apps.registry.repos.services.recovery import replay_journal
from apps.registry.repos.services.sweep import sweep_spool
from apps.toolchain.jobs.services import forget_streams, reap_expired, resend_waiting

log = structlog.get_logger(__name__)


@shared_task(name="light.reap_jobs")
def reap_jobs() -> None:
    """Requeue jobs whose worker stopped responding, and resend lost queue messages."""
    lost, sent = reap_expired(), resend_waiting()
    if lost or sent:
        log.info("jobs.swept", lost=lost, sent=sent)


@shared_task(name="light.recover_repositories")
def recover_repositories() -> None:
    """Complete ref updates that a crash interrupted between refs and rows."""
    replay_journal()


@shared_task(name="light.collect_leftovers")
def collect_leftovers() -> None:
    """Remove abandoned uploads and commits, streams of finished jobs and repositories deleted long ago."""
    log.info(
        "leftovers.collected",
        streams=forget_streams(),
        uploads=sweep_uploads(),
        spooled=sweep_spool(),
        repos=purge_deleted(),
    )
    log.info("idempotency.swept", count=sweep_responses())


@shared_task(name="light.roll_up_downloads")
def roll_up() -> None:
    """Move the 30-day window of download counts forward by a day."""
    changed, dropped = roll_up_downloads()
    log.info("downloads.rolled_up", repos=changed, days_dropped=dropped)


@shared_task(name="light.collect_garbage")
def collect_large_files() -> None:
    """Collect unreferenced large files: marked in one run, removed in a later one."""
    if settings.GARBAGE_COLLECTION:
        done = collect_garbage()
        marked, removed = (
            {kind: amount.count for kind, amount in found.items() if amount.count}
            for found in (done.marked, done.removed)
        )
        log.info("garbage.collected", marked=marked, removed=removed)


@shared_task(name="light.recount_storage")
def recount_storage() -> None:
    """Correct the counts of stored bytes; there should be nothing to correct."""
    for one in recount_stored():
        log.warning(
            "storage.recounted", subject=one.subject, counted=one.counted_bytes, actual=one.actual_bytes
        )


@shared_task(name="light.pack_repository")
def pack_repository(repo_id: str) -> None:
    """Pack or clean up a repository if it needs it."""
    try:
        log.info("repo.packed", repo=repo_id, was_needed=pack_repo(UUID(repo_id)))
    except RepoNotFound:
        log.info("repo.gone", repo=repo_id)


@shared_task(name="light.pack_repositories")
def pack_repositories() -> None:
    """Queue the packing of every repository that needs it."""
    log.info("repos.packing_queued", count=queue_packing())
