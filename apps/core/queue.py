"""The queue: tasks by name with ids, sent after the transaction commits."""

from __future__ import annotations

from enum import StrEnum

import structlog
from celery import current_app
from django.db import transaction

log = structlog.get_logger(__name__)


class Queue(StrEnum):
    LIGHT = "light"
    CPU = "cpu"
    GPU = "gpu"


def send(task: str, *arguments: object, queue: Queue = Queue.LIGHT) -> bool:
    """Send a task now; False if the queue cannot be reached (the clock's sweep sends it again)."""
    try:
        current_app.send_task(task, args=[str(argument) for argument in arguments], queue=str(queue), retry=False)
    except Exception as error:
        log.error("queue.unreachable", task=task, error=str(error))
        return False
    return True


def enqueue(task: str, *arguments: object, queue: Queue = Queue.LIGHT) -> None:
    """Send a task by name once the current transaction is committed."""
    transaction.on_commit(lambda: send(task, *arguments, queue=queue) and None)
