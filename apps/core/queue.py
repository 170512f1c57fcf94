"""Queues: tasks are sent by name with ids after the transaction commits.

Tasks of the light worker use the site's Redis. Messages to machine-learning workers, which are not
trusted, use a separate server (`QUEUE_URL`).
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache

import structlog
from celery import Celery, current_app
from django.conf import settings
from django.db import transaction

log = structlog.get_logger(__name__)


class Queue(StrEnum):
    LIGHT = "light"
    CPU = "cpu"
    GPU = "gpu"


@cache
def _to_workers() -> Celery:
    app = Celery("queue", broker=settings.QUEUE_URL, set_as_current=False, fixups=[])
    options = {"priority_steps": [0], "socket_timeout": 5, "socket_connect_timeout": 5}
    app.conf.update(task_ignore_result=True, accept_content=["json"], broker_transport_options=options)
    return app


def check_queue() -> None:
    """Connect to the workers' queue; raises the connection error."""
    with _to_workers().connection_for_write() as connection, connection.channel():
        return  # opening a channel makes a round trip


def send(task: str, *arguments: object, queue: Queue = Queue.LIGHT) -> bool:
    """Send a task now; False if the queue is unreachable (a scheduled sweep sends it again)."""
    try:
        app = current_app if queue is Queue.LIGHT else _to_workers()
        app.send_task(task, args=[str(argument) for argument in arguments], queue=str(queue), retry=False)
    except Exception as error:
        log.error("queue.unreachable", task=task, error=str(error))
        return False
    return True


def enqueue(task: str, *arguments: object, queue: Queue = Queue.LIGHT) -> None:
    """Send a task by name once the current transaction is committed."""
    transaction.on_commit(lambda: send(task, *arguments, queue=queue) and None)
