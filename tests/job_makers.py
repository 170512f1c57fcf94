"""Makers of jobs: orders, workers, events, results."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from django.utils import timezone

from apps.core.actor import Actor
from apps.toolchain.contracts import (
    Bootstrap,
    Claim,
    ClaimRequest,
    Event,
    EventBatch,
    EventKind,
    Hardware,
    OutputRepo,
    PinnedRepo,
    Score,
    config_hash,
)
from apps.toolchain.contracts.recipes.text_classification import Baseline, ClassificationResult
from apps.toolchain.jobs.models import ACTIVE, Job
from apps.toolchain.jobs.services import claim_job, record_events, submit_job
from apps.users.accounts.actors import actor_for_token
from apps.users.accounts.models import TokenRole
from tests.makers import Person, a_token

MODEL = PinnedRepo("model", "owner/base", "a" * 40, str(uuid4()))
DATASET = PinnedRepo("dataset", "owner/reviews", "b" * 40, str(uuid4()))
HARDWARE = Hardware("cpu", "Example CPU", 2, 8 << 30)
GPU = Hardware("cuda", "Example GPU", 8, 64 << 30, 1)


def free_output(person: Person) -> OutputRepo:
    """Return the output `tuned`, or `tuned-2` and so on if other active jobs create these."""
    names = [f"{person.name}/tuned{suffix}" for suffix in ("", *(f"-{count}" for count in range(2, 500)))]
    taken = set(Job.objects.filter(state__in=ACTIVE).values_list("output__address", flat=True))
    return OutputRepo("model", next(name for name in names if name not in taken))


def a_job(person: Person, kind: str = "fine_tune", **facts) -> Job:
    """Submit a job as a person."""
    output = None if kind != "fine_tune" or "output" in facts else free_output(person)
    order = {"inputs": {"model": MODEL, "dataset": DATASET}, "output": output, "params": {}} | facts
    return submit_job(actor=person.actor, kind=kind, recipe="text-classification", **order)


def a_worker(staff: Person) -> str:
    """Return a worker's token."""
    return a_token(staff.user, role=TokenRole.WORKER)


def a_claim(
    job: Job,
    staff: Person,
    name: str = "worker-1",
    hardware: Hardware = HARDWARE,
    *,
    takes_untrusted: bool = True,
) -> Claim:
    request = ClaimRequest(name, hardware, {"torch": "2.13.0"}, takes_untrusted=takes_untrusted)
    return claim_job(actor=actor_for_token(a_worker(staff)), job_id=job.pk, request=request)


def key_actor(claim: Claim) -> Actor:
    return actor_for_token(claim.key)


def an_event(seq: int, kind: EventKind, /, **data) -> Event:
    return Event(seq, kind, datetime.now(UTC).isoformat(), data)


def report(claim: Claim, *events: Event, attempt: int | None = None):
    """Send events with the claim's key, as a worker would."""
    batch = EventBatch(claim.attempt if attempt is None else attempt, events)
    return record_events(actor=key_actor(claim), job_id=claim.spec.id, batch=batch)


def a_running_job(person: Person, staff: Person, **facts) -> tuple[Job, Claim]:
    """Submit, claim and start a job; the next event is number 2."""
    job = a_job(person, **facts)
    claim = a_claim(job, staff)
    report(claim, an_event(1, EventKind.STATE, state="running"))
    job.refresh_from_db()
    return job, claim


def end_backoff(job: Job) -> Job:
    """End the backoff of a failed job."""
    Job.objects.filter(pk=job.pk, not_before__gt=timezone.now()).update(not_before=timezone.now())
    return job


def expire_lease(job: Job, seconds: float = 60) -> None:
    """Set the end of a job's lease to `seconds` ago."""
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=seconds))
    job.refresh_from_db()


def a_result(claim: Claim, **facts) -> ClassificationResult:
    """Return the result of an evaluation for the claim."""
    defaults = {
        "attempt": claim.attempt,
        "config_hash": config_hash(claim.spec.config()),
        "split": "test",
        "samples": 100,
        "scores": (
            Score("accuracy", 0.87, 0.8, 0.93),
            Score("macro_f1", 0.86, 0.79, 0.92),
            Score("roc_auc", 0.94, 0.9, 0.97),
        ),
        "labels": ("negative", "positive"),
        "confusion": ((40, 8), (5, 47)),
        "baseline": Baseline("positive", 0.52),
        "bootstrap": Bootstrap(1000, 0.95, 42),
        "log_sha256": "c" * 64,
        "code_version": "1",
        "versions": {"transformers": "5.23.0"},
        "hardware": HARDWARE,
        "duration_seconds": 12.5,
    }
    return ClassificationResult(**{**defaults, **facts})
