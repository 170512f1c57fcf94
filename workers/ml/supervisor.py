"""Takes one job from its claim to its final state; the work happens in child processes."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import structlog

from apps.toolchain.contracts import Claim, ClaimRequest, EventKind, Fault, RunState

from .attempt import Attempt
from .disk import has_free_space
from .faults import JobCancellation, JobFault, LeaseLost, PlatformFault
from .folder import JobFolder, job_folder, sweep
from .hardware import hardware, versions
from .hub import Hub, HubRefusal, HubUnreachable, retry_while_unreachable
from .input_cache import InputCache
from .reporter import Reporter
from .sandbox import sandbox_check
from .settings import Isolation, WorkerSettings
from .spare import SpareRunner

log = structlog.get_logger(__name__)
stopping = threading.Event()
DISK_FULL_SECONDS = 10.0
REFUSED_SECONDS = 60.0
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


def run_job(job_id: str, settings: WorkerSettings, spare: SpareRunner | None = None) -> Outcome | None:
    """Claim the job and run it; None if it could not be claimed. spare: for jobs that are isolated"""
    if not wait_for_disk_space(settings):
        return None
    hub = Hub(settings.hub_url, settings.token)
    claim = claim_job(hub, job_id, settings)
    if claim is None:
        return None
    log.info("job.claimed", job=job_id, attempt=claim.attempt)
    with Reporter(hub, claim) as reporter:
        outcome = run_claimed_job(hub, claim, reporter, settings, spare)
        if outcome.state:
            reporter.send(EventKind.STATE, outcome.data())
    log.info("job.ended", job=job_id, attempt=claim.attempt, **outcome.data())
    if spare and not stopping.is_set():
        spare.start()
    return outcome


def wait_for_disk_space(settings: WorkerSettings) -> bool:
    """Remove old job folders and kept inputs, and wait until the disk has space for a job.

    The worker keeps its message meanwhile and takes no other; the hub offers the job to other workers.
    returns  False if the worker is stopped first
    """
    sweep(settings.jobs_dir, keep_seconds=settings.keep_seconds)
    if not has_free_space(settings.jobs_dir, settings.reserve_bytes):
        InputCache(settings.cache_dir, limit_bytes=0, is_linked=True).evict(0)
    if not has_free_space(settings.jobs_dir, settings.reserve_bytes):
        sweep(settings.jobs_dir, keep_seconds=0)
    while not has_free_space(settings.jobs_dir, settings.reserve_bytes):
        log.error("disk.full", folder=str(settings.jobs_dir), reserve_bytes=settings.reserve_bytes)
        if stopping.wait(DISK_FULL_SECONDS):
            return False
    return True


def claim_job(hub: Hub, job_id: str, settings: WorkerSettings) -> Claim | None:
    """Claim the job; None if the hub refuses or stays unreachable, in which case it offers the job again.

    A worker with refused credentials waits before its next message, so that other workers get the jobs.
    """
    takes_untrusted = settings.isolation == Isolation.OFF or bool(sandbox_check(settings).executable)
    request = ClaimRequest(settings.name, hardware(), versions(), takes_untrusted=takes_untrusted)
    try:
        return retry_while_unreachable(lambda: hub.claim(job_id, request))
    except (HubRefusal, HubUnreachable) as error:
        log.error("job.not_claimed", job=job_id, error=str(error))
        if isinstance(error, HubRefusal) and error.status in (401, 403):
            stopping.wait(REFUSED_SECONDS)
        return None


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
