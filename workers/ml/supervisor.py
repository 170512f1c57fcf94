"""The supervisor: takes one job from claim to its last state, in processes of its own."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import structlog

from apps.toolchain.jobs.contracts import Claim, ClaimRequest, EventKind, Fault, RunState

from .attempt import Attempt
from .disk import has_room
from .faults import Cancelled, JobFault, LeaseLost, OurFault
from .folder import JobFolder, job_folder, sweep
from .hardware import hardware, versions
from .hub import Hub, HubRefusal, HubUnreachable, patiently
from .reporter import Reporter
from .sandbox import trial_of
from .settings import Isolation, WorkerSettings

log = structlog.get_logger(__name__)
stopping = threading.Event()
NO_ROOM_SECONDS = 10.0
REFUSED_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an attempt ended; `state` is None if it is no longer ours to say."""

    state: RunState | None
    fault: Fault | None = None
    code: str = ""
    message: str = ""

    def data(self) -> dict[str, str]:
        facts = {"state": self.state, "fault": self.fault, "code": self.code, "message": self.message}
        return {name: str(fact) for name, fact in facts.items() if fact}

    @property
    def may_be_retried(self) -> bool:
        return (
            self.state in (None, RunState.CANCELLED)
            or self.fault == Fault.OURS
            or self.code == "time_exceeded"
        )


def run_job(job_id: str, settings: WorkerSettings) -> Verdict | None:
    """Claim the job and see it through; None if it was not to be had."""
    if not wait_for_room(settings):
        return None
    hub = Hub(settings.hub_url, settings.token)
    claim = claim_job(hub, job_id, settings)
    if claim is None:
        return None
    log.info("job.claimed", job=job_id, attempt=claim.attempt)
    with Reporter(hub, claim) as reporter:
        verdict = see_through(hub, claim, reporter, settings)
        if verdict.state:
            reporter.send(EventKind.STATE, verdict.data())
    log.info("job.ended", job=job_id, attempt=claim.attempt, **verdict.data())
    return verdict


def wait_for_room(settings: WorkerSettings) -> bool:
    """Tidy the jobs' folder, and ask for no job while the disk has no room for one; return False if the worker is stopped meanwhile.

    It keeps its message all the while, so it takes no other; the hub sends the job's again for those who have room.
    """
    sweep(settings.jobs_dir, keep_seconds=settings.keep_seconds)
    if not has_room(settings.jobs_dir, settings.reserve_bytes):
        sweep(settings.jobs_dir, keep_seconds=0)
    while not has_room(settings.jobs_dir, settings.reserve_bytes):
        log.error("disk.full", folder=str(settings.jobs_dir), reserve_bytes=settings.reserve_bytes)
        if stopping.wait(NO_ROOM_SECONDS):
            return False
    return True


def claim_job(hub: Hub, job_id: str, settings: WorkerSettings) -> Claim | None:
    """Ask for the job; a hub that is away or refuses the worker leaves the job to the hub's own sweep.

    A worker that is refused takes its time before the next message: others are to have them.
    """
    takes_untrusted = settings.isolation == Isolation.OFF or bool(trial_of(settings).program)
    request = ClaimRequest(settings.name, hardware(), versions(), takes_untrusted=takes_untrusted)
    try:
        claim: Claim | None = patiently(lambda: hub.claim(job_id, request))
        return claim
    except (HubRefusal, HubUnreachable) as error:
        log.error("job.not_claimed", job=job_id, error=str(error))
        if isinstance(error, HubRefusal) and error.status in (401, 403):
            stopping.wait(REFUSED_SECONDS)
        return None


def see_through(hub: Hub, claim: Claim, reporter: Reporter, settings: WorkerSettings) -> Verdict:
    """Run the attempt in its folder and put the folder in order after it."""
    try:
        with job_folder(settings.jobs_dir, claim.spec.id) as folder:
            verdict = judge(Attempt(hub, claim, reporter, folder, settings, stopping))
            tidy(folder, verdict)
            return verdict
    except OurFault as fault:
        return Verdict(RunState.FAILED, fault.fault, fault.code, fault.message)


def judge(attempt: Attempt) -> Verdict:
    """Run the attempt and name its end; what nobody foresaw is our fault."""
    try:
        attempt.run()
    except Cancelled:
        return Verdict(RunState.CANCELLED)
    except LeaseLost as lost:
        return Verdict(None, message=str(lost))
    except JobFault as fault:
        return Verdict(RunState.FAILED, fault.fault, fault.code, fault.message)
    except Exception as error:
        log.exception("job.error", job=attempt.claim.spec.id)
        return Verdict(
            RunState.FAILED,
            Fault.OURS,
            "worker_error",
            f"Something went wrong in the worker: {type(error).__name__}.",
        )
    return Verdict(RunState.SUCCEEDED)


def tidy(folder: JobFolder, verdict: Verdict) -> None:
    """Remove the folder of a job that has ended; keep the checkpoints of one that may go on."""
    if verdict.may_be_retried:
        folder.keep_checkpoints()
    else:
        folder.remove()
