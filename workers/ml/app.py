"""The Celery application: `celery -A workers.ml.app worker --pool threads -c 1`.

It listens to the queue whose jobs its machine can do.

This process never loads torch; each job runs in children of its own.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from typing import Any

import structlog
from celery import Celery
from celery.signals import worker_init, worker_shutting_down
from kombu import Exchange, Queue

from . import supervisor
from .bytecode import warm
from .hardware import hardware, queue_of
from .sandbox import trial_of
from .settings import Isolation, WorkerSettings, read_settings

QUEUE = queue_of(hardware())
app = Celery("workers.ml", broker=os.environ.get("BANYAN_QUEUE_URL"), fixups=[])
app.conf.update(
    task_acks_late=False,  # the job's row is the truth: a lost job comes back when its lease ends
    worker_disable_prefetch=True,
    worker_prefetch_multiplier=1,
    worker_concurrency=1,
    worker_pool="threads",
    task_ignore_result=True,
    task_default_queue=QUEUE,
    accept_content=["json"],
    broker_connection_retry_on_startup=True,
    # the worker only takes messages from a list: its user in the queue's server may do nothing else
    task_queues=[Queue(QUEUE, Exchange(QUEUE), routing_key=QUEUE, no_declare=True)],
    task_create_missing_queues=False,
    broker_transport_options={"ack_emulation": False, "priority_steps": [0]},
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
    worker_enable_remote_control=False,
)


@cache
def settings() -> WorkerSettings:
    return read_settings()


@app.task(name="ml.run_job")
def run_job(job_id: str) -> None:
    supervisor.run_job(job_id, settings())


def write_logs() -> None:
    """Write the worker's own events as JSON lines on standard error."""
    steps = structlog.processors
    chain: list[Any] = [
        steps.add_log_level,
        steps.TimeStamper(fmt="iso", utc=True),
        steps.format_exc_info,
        steps.JSONRenderer(),
    ]
    structlog.configure(processors=chain, logger_factory=structlog.PrintLoggerFactory(sys.stderr))


@worker_init.connect
def check_settings(**_: Any) -> None:
    """Refuse to start without an address and a token, rather than at the first job; try the sandbox; compile what jobs will import."""
    write_logs()
    problem = trial_of(settings()).problem
    if problem and settings().isolation == Isolation.REQUIRED:
        structlog.get_logger(__name__).warning(
            "sandbox.unusable", problem=problem, consequence="only administrators' jobs are taken"
        )
    warm()


@worker_shutting_down.connect
def stop_jobs(**_: Any) -> None:
    """Keep a checkpoint and end: the next worker goes on from there."""
    supervisor.stopping.set()
