"""Takes one job from its claim to its final state; the work happens in child processes."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import structlog

from apps.toolchain.contracts import Claim, EventKind, Fault, RunState

from .attempt import Attempt
from .disk import has_free_space
from .faults import JobCancellation, JobFault, LeaseLost, PlatformFault
from .folder import JobFolder, job_folder, sweep
from .hub import Hub
from .input_cache import InputCache
from .reporter import Reporter
from .settings import WorkerSettings
from .spare import SpareRunner

log = structlog.get_logger(__name__)
stopping = threading.Event()
# user faults after which the same job may go on, once the person has changed something else
REPEATABLE_CODES = ("time_exceeded", "output_refused")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended; `state` is None if the attempt lost its lease and has nothing to report."""

    state: RunState | None
    fault: Fault | None = None
    code: str = ""
    message: str = ""

    def data(self) -> dict[str, str]:
        facts = {"state": self.state, "fault": self.fault, "code": self.code, "message": self.message}
        return {name: str(fact) for name, fact in facts.items() if fact}

    @property
    def may_be_retried(self) -> bool:
        has_ended = self.state not in (None, RunState.CANCELLED)
        return not has_ended or self.fault == Fault.PLATFORM or self.code in REPEATABLE_CODES


def run_claim(hub: Hub, claim: Claim, settings: WorkerSettings, spare: SpareRunner | None = None) -> Outcome:
    """Run a claimed job to its final state. spare: for jobs that are isolated"""
    log.info("job.claimed", job=claim.spec.id, attempt=claim.attempt)
    with Reporter(hub, claim) as reporter:
        outcome = run_claimed_job(hub, claim, reporter, settings, spare)
        if outcome.state:
            reporter.send(EventKind.STATE, outcome.data())
    log.info("job.ended", job=claim.spec.id, attempt=claim.attempt, **outcome.data())
    if spare and not stopping.is_set():
        spare.start()
    return outcome


def free_disk_space(settings: WorkerSettings) -> None:
    """Remove old job folders; while the disk is full, kept inputs and all that no attempt uses."""
    sweep(settings.jobs_dir, keep_seconds=settings.keep_seconds)
    if not has_free_space(settings.jobs_dir, settings.reserve_bytes):
        InputCache(settings.cache_dir, limit_bytes=0, is_linked=True).evict(0)
    if not has_free_space(settings.jobs_dir, settings.reserve_bytes):
        sweep(settings.jobs_dir, keep_seconds=0)
    if not has_free_space(settings.jobs_dir, settings.reserve_bytes):
        log.error("disk.full", folder=str(settings.jobs_dir), reserve_bytes=settings.reserve_bytes)


def run_claimed_job(
    hub: Hub, claim: Claim, reporter: Reporter, settings: WorkerSettings, spare: SpareRunner | None = None
) -> Outcome:
    """Run the attempt in its folder and clean the folder up afterwards."""
    try:
        with job_folder(settings.jobs_dir, claim.spec.id) as folder:
            outcome = run_attempt(Attempt(hub, claim, reporter, folder, settings, stopping, spare=spare))
            cleanup(folder, outcome)
            return outcome
    except PlatformFault as fault:
        return Outcome(RunState.FAILED, fault.fault, fault.code, fault.message)


def run_attempt(attempt: Attempt) -> Outcome:
    """Run the attempt and return how it ended; an unexpected exception is a platform fault."""
    try:
        attempt.run()
    except JobCancellation:
        return Outcome(RunState.CANCELLED)
    except LeaseLost as lost:
        return Outcome(None, message=str(lost))
    except JobFault as fault:
        return Outcome(RunState.FAILED, fault.fault, fault.code, fault.message)
    except Exception as error:
        log.exception("job.error", job=attempt.claim.spec.id)
        message = f"Unexpected error in the worker: {type(error).__name__}."
        return Outcome(RunState.FAILED, Fault.PLATFORM, "worker_error", message)
    return Outcome(RunState.SUCCEEDED)


def cleanup(folder: JobFolder, outcome: Outcome) -> None:
    """Remove the job's folder; keep the checkpoints of a job that may be retried."""
    if outcome.may_be_retried:
        folder.keep_checkpoints()
    else:
        folder.remove()
