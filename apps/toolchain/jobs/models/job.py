"""The job and its state machine."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.toolchain.contracts import SITE_OPERATOR, Fault, JobSpec, OutputRepo, PinnedRepo, kind_words

from ..errors import JobAlreadyFinished

FAULT_CHOICES = [
    (Fault.USER.value, _("yours")),
    (Fault.PLATFORM.value, _("ours")),
]


class JobState(models.TextChoices):
    """How far a job is; claimed means that a worker prepares it."""

    QUEUED = "queued", _("Queued")
    CLAIMED = "claimed", _("Assigned")
    RUNNING = "running", _("Running")
    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


class Device(models.TextChoices):
    """What a job requires of its worker."""

    ANY = "", _("Any")
    CPU = "cpu", _("CPU")
    GPU = "gpu", _("GPU")


class RunsOn(models.TextChoices):
    """Whose workers may run a job."""

    ANY = "", _("Any worker")
    SITE = "site", _("This site's workers")
    OWN = "own", _("Own workers")


class Priority(models.IntegerChoices):
    """Which of the waiting jobs come first; within one, namespaces take turns."""

    LOW = -1, _("Low")
    NORMAL = 0, _("Normal")
    HIGH = 1, _("High")


MOVES: dict[JobState, frozenset[JobState]] = {
    JobState.QUEUED: frozenset({JobState.CLAIMED, JobState.CANCELLED, JobState.FAILED}),
    JobState.CLAIMED: frozenset({JobState.RUNNING, JobState.QUEUED, JobState.FAILED, JobState.CANCELLED}),
    JobState.RUNNING: frozenset({JobState.SUCCEEDED, JobState.QUEUED, JobState.FAILED, JobState.CANCELLED}),
    JobState.SUCCEEDED: frozenset(),
    JobState.FAILED: frozenset({JobState.QUEUED}),
    JobState.CANCELLED: frozenset({JobState.QUEUED}),
}
LEASED = (JobState.CLAIMED, JobState.RUNNING)
ACTIVE = (JobState.QUEUED, *LEASED)
FINISHED = (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)


class Job(models.Model):
    """One job and its state.

    kind             of the recipe, which any recipe may name
    namespace        owner of the job: its members see it and it counts towards their usage
    inputs, output   PinnedRepo by name and OutputRepo, as in the contract
    device           required device; "" for any
    runs_on          whose workers may run it; "" for the site's and those of its namespace
    is_site_only     whether it reads what only the site's workers may see, whatever its submitter wants
    priority         jobs of a higher one come first
    memory_bytes     what it will need by estimate, like disk_bytes; null if unknown
    operator         who runs the worker of the current attempt: site, person:<name> or organization:<name>
    max_seconds      time that its submitter allows over all attempts; null for no cap of theirs
    estimates        Estimate by device, as it was shown before the start; empty if unknown
    is_public        whether its submitter made it public
    is_open          whether anyone can see it, which also requires that all its repositories are public
    attempt          number of claims; older attempts may not report any more
    tries            claims since a user last queued it
    lease_until      the job is requeued if its worker does not renew the lease by then
    sent_at, sends   when its queue message was last sent, and how often since it was queued
    last_seq         last event accepted in this attempt
    event_count      number of events so far, which limits the size of the log; the number of the last one
    not_before       earliest time of the next claim, after a failure
    deadline         end of the attempt's time
    ran_seconds      time that finished attempts have held a worker
    failures         platform faults since a user queued it: worker (id), code, reason and checkpoint step
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=40)
    recipe = models.CharField(max_length=80)
    namespace = models.ForeignKey("accounts.Namespace", on_delete=models.PROTECT, related_name="jobs")
    submitted_by = models.ForeignKey(
        "accounts.User", on_delete=models.SET_NULL, null=True, related_name="jobs"
    )
    inputs = models.JSONField()
    output = models.JSONField(null=True)
    params = models.JSONField()
    seed = models.BigIntegerField()
    device = models.CharField(max_length=8, choices=Device, default=Device.ANY, blank=True)
    runs_on = models.CharField(max_length=8, choices=RunsOn, default=RunsOn.ANY, blank=True)
    is_site_only = models.BooleanField(default=False)
    priority = models.SmallIntegerField(choices=Priority, default=Priority.NORMAL)
    memory_bytes = models.BigIntegerField(null=True)
    disk_bytes = models.BigIntegerField(null=True)
    max_seconds = models.PositiveIntegerField(null=True)
    estimates = models.JSONField(default=dict)
    is_public = models.BooleanField(default=True)
    is_open = models.BooleanField(default=True)

    state = models.CharField(max_length=16, choices=JobState, default=JobState.QUEUED)
    attempt = models.PositiveIntegerField(default=0)
    tries = models.PositiveIntegerField(default=0)
    worker = models.ForeignKey("jobs.Worker", on_delete=models.SET_NULL, null=True, related_name="jobs")
    operator = models.CharField(max_length=120, default=SITE_OPERATOR)
    hardware = models.JSONField(default=dict)
    versions = models.JSONField(default=dict)
    lease_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(default=timezone.now)
    sends = models.PositiveIntegerField(default=0)
    last_seq = models.PositiveIntegerField(default=0)
    event_count = models.PositiveIntegerField(default=0)
    not_before = models.DateTimeField(null=True)
    deadline = models.DateTimeField(null=True)
    ran_seconds = models.FloatField(default=0)
    failures = models.JSONField(default=list)
    progress = models.JSONField(null=True)
    checkpoint_step = models.BigIntegerField(null=True)
    fault = models.CharField(max_length=8, choices=FAULT_CHOICES, blank=True)
    code = models.CharField(max_length=100, blank=True)
    message = models.TextField(blank=True)

    created_at = models.DateTimeField(default=timezone.now)
    queued_at = models.DateTimeField(default=timezone.now)
    claimed_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    cancel_requested_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["namespace", "-created_at", "id"], name="jobs_of_namespace"),
            models.Index(fields=["-created_at", "id"], name="open_jobs", condition=models.Q(is_open=True)),
            models.Index(fields=["submitted_by", "state"], name="jobs_of_person"),
            models.Index(
                fields=["state", "lease_until"],
                name="active_jobs",
                condition=models.Q(state__in=["queued", "claimed", "running"]),
            ),
            models.Index(fields=["finished_at"], name="recently_finished_jobs"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    def get_absolute_url(self) -> str:
        return f"/jobs/{self.id}"

    def move_to(self, state: JobState, *, at: datetime | None = None) -> None:
        """Change the state and its timestamps; the caller saves.

        raises  JobAlreadyFinished
        """
        if state not in MOVES[JobState(self.state)]:
            before, after = (str(one.label).lower() for one in (JobState(self.state), state))
            raise JobAlreadyFinished(
                _("A job that is %(before)s cannot become %(after)s.") % {"before": before, "after": after}
            )
        now = at or timezone.now()
        self.state = state
        match state:
            case JobState.QUEUED:
                self.queued_at, self.sends = now, 0
                self.lease_until = self.not_before = self.deadline = None
                self.claimed_at = self.started_at = self.finished_at = None
            case JobState.RUNNING:
                self.started_at = now
            case JobState.SUCCEEDED | JobState.FAILED | JobState.CANCELLED:
                self.finished_at = now
                self.lease_until = self.not_before = self.deadline = None

    @property
    def kind_label(self) -> str:
        return gettext(kind_words(self.kind).label)

    @property
    def is_finished(self) -> bool:
        return self.state in FINISHED

    @property
    def is_leased(self) -> bool:
        return self.state in LEASED

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE

    @property
    def is_cancelling(self) -> bool:
        return self.is_active and self.cancel_requested_at is not None

    @property
    def pins(self) -> dict[str, PinnedRepo]:
        return {name: PinnedRepo.from_json(repo) for name, repo in self.inputs.items()}

    @property
    def output_repo(self) -> OutputRepo | None:
        return OutputRepo.from_json(self.output) if self.output else None

    @property
    def seconds(self) -> float | None:
        """How long the last attempt has run."""
        if self.started_at is None:
            return None
        return ((self.finished_at or timezone.now()) - self.started_at).total_seconds()

    def spec(self, hub_url: str, *, steps_limit: int = 0) -> JobSpec:
        """Return the job as the contract's JobSpec."""
        return JobSpec(
            id=str(self.id),
            kind=self.kind,
            recipe=self.recipe,
            inputs=self.pins,
            output=self.output_repo,
            params=self.params,
            seed=self.seed,
            submitted_by=self.submitted_by.username if self.submitted_by else "",
            hub_url=hub_url,
            steps_limit=steps_limit,
            max_seconds=self.max_seconds or 0,
        )

    def facts(self) -> dict[str, Any]:
        return {"job": str(self.id), "state": self.state, "attempt": self.attempt}
