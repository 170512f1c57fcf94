"""The tasks of the light worker: what apps declare, and short ones by name; each is safe to run twice."""

from __future__ import annotations

from uuid import UUID

import structlog
from celery import Task, shared_task

from apps.core.declaration import PeriodicTask, declared
from apps.core.notifications.services.delivery import deliver_event
from apps.registry.blobs.services import hash_blob
from apps.registry.repos.errors import RepoNotFound
from apps.registry.storage.services.pack import pack_repo

log = structlog.get_logger(__name__)


def as_celery_task(declared_task: PeriodicTask) -> Task[[], None]:
    """Return the Celery task that calls a declared service and logs what it did."""

    def run() -> None:
        if result := declared_task.task():
            log.info("task.done", task=declared_task.name, result=result)

    return shared_task(name=declared_task.celery_name)(run)


PERIODIC = [as_celery_task(task) for task in declared().periodic_tasks]


@shared_task(name="light.pack_repository")
def pack_repository(repo_id: str) -> None:
    """Pack or clean up a repository if it needs it."""
    try:
        log.info("repo.packed", repo=repo_id, was_needed=pack_repo(UUID(repo_id)))
    except RepoNotFound:
        log.info("repo.gone", repo=repo_id)


@shared_task(name="light.hash_blob")
def hash_plain_blob(sha256: str) -> None:
    """Compute the Xet hash of a plain blob."""
    log.info("blob.hashed", sha256=sha256, was_needed=hash_blob(sha256))


@shared_task(name="light.deliver_event")
def deliver_notifications(event_id: str) -> None:
    """Tell people of an event."""
    log.info("event.delivered", id=event_id, notified=deliver_event(int(event_id)))
