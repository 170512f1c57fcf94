"""The Celery application: `celery -A workers.ml.app worker --pool threads -c 1`.

It listens to the queue that its hardware can serve. This process never loads torch; each job runs in
child processes.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from typing import Any

import structlog
from celery import Celery
from celery.signals import worker_init, worker_shutdown, worker_shutting_down
from kombu import Exchange, Queue

from apps.toolchain.contracts import Claim

from . import supervisor
from .hardware import hardware, queue_of
from .hub import Hub
from .loop import JobLoop
from .precompile import precompile_recipes
from .sandbox import sandbox_check
from .settings import Isolation, WorkerSettings, read_settings
from .spare import SpareRunner

QUEUE = queue_of(hardware())
STOP_SECONDS = 14.0
app = Celery("workers.ml", broker=os.environ.get("BANYAN_QUEUE_URL"), fixups=[])
app.conf.update(
    task_acks_late=False,  # the job's row is the source of truth: a lost job is requeued when its lease ends
    worker_disable_prefetch=True,
    worker_prefetch_multiplier=1,
    worker_concurrency=1,
    worker_pool="threads",
    task_ignore_result=True,
    task_default_queue=QUEUE,
    accept_content=["json"],
    broker_connection_retry_on_startup=True,
    # workers only pop messages from a list; their user on the queue server may do nothing else
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


@cache
def spare_runner() -> SpareRunner:
    return SpareRunner(settings())


@cache
def job_loop() -> JobLoop:
    def run(hub: Hub, claim: Claim) -> supervisor.Outcome:
        return supervisor.run_claim(hub, claim, settings(), spare_runner())

    return JobLoop(settings(), run)


@app.task(name="ml.run_job")
def run_job(job_id: str) -> None:
    """Run what there is to do. The message only wakes the worker; the hub decides which job it gets."""
    job_loop().run_available()


def configure_logging() -> None:
    """Log the worker's own events as JSON lines on standard error."""
    steps = structlog.processors
    chain: list[Any] = [
        steps.add_log_level,
        steps.TimeStamper(fmt="iso", utc=True),
        steps.format_exc_info,
        steps.JSONRenderer(),
    ]
    structlog.configure(processors=chain, logger_factory=structlog.PrintLoggerFactory(sys.stderr))


@worker_init.connect
def start(**_: Any) -> None:
    """Check the settings and the sandbox before the first job, and precompile what jobs import."""
    configure_logging()
    problem = sandbox_check(settings()).problem
    if problem and settings().isolation == Isolation.REQUIRED:
        structlog.get_logger(__name__).warning(
            "sandbox.unavailable", problem=problem, consequence="only administrators' jobs are accepted"
        )
    precompile_recipes()
    spare_runner().start()
    job_loop().start()


@worker_shutting_down.connect
def stop_jobs(**_: Any) -> None:
    """Save a checkpoint and stop; the next worker resumes from it."""
    supervisor.stopping.set()


@worker_shutdown.connect
def wait_for_job(**_: Any) -> None:
    """Wait for a job that no message has started; those of messages have ended."""
    job_loop().join(STOP_SECONDS)
