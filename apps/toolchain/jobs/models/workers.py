"""Workers that have asked for jobs."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.toolchain.contracts import SITE_OPERATOR


class WorkerState(models.TextChoices):
    """Whether a worker gets jobs; one that drains finishes those that it has."""

    READY = "ready", _("Ready")
    DRAINING = "draining", _("Draining")
    QUARANTINED = "quarantined", _("Quarantined")


class Worker(models.Model):
    """A worker as it last described itself.

    namespace        whose worker it is, which gets jobs of that namespace alone; null for the site's own
    recipes          kind/name -> fingerprint of the declarations that it has; null for a worker that does not
                     tell, of an earlier version
    memory_bytes     what a job may use: of its GPU, or of the machine; null if unknown
    disk_bytes       what a job may use now; null if unknown
    is_isolating     whether it isolates jobs, or takes those of all users nevertheless
    held_jobs        ids of jobs whose checkpoints it has
    cached_commits   commits whose files it has downloaded lately
    problems         what its self-check has found, in sentences
    state_reason     why it is quarantined or drains
    is_held          whether a person has set the state, which the worker's own checks then do not change
    last_seen_at     time of its last request
    busy_seconds     time that its finished attempts have taken
    failures_in_row  consecutive attempts that ended with a platform fault
    rests_until      end of a pause after several failures in a row
    """

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    namespace = models.ForeignKey(
        "accounts.Namespace", on_delete=models.CASCADE, null=True, related_name="workers"
    )
    name = models.CharField(max_length=200)
    hardware = models.JSONField(default=dict)
    versions = models.JSONField(default=dict)
    has_gpu = models.BooleanField(default=False)
    recipes = models.JSONField(null=True)
    memory_bytes = models.BigIntegerField(null=True)
    disk_bytes = models.BigIntegerField(null=True)
    is_isolating = models.BooleanField(default=False)
    held_jobs = models.JSONField(default=list)
    cached_commits = models.JSONField(default=list)
    problems = models.JSONField(default=list)
    state = models.CharField(max_length=16, choices=WorkerState, default=WorkerState.READY)
    state_reason = models.CharField(max_length=300, blank=True)
    is_held = models.BooleanField(default=False)
    first_seen_at = models.DateTimeField(auto_now_add=True)
    last_seen_at = models.DateTimeField()
    attempt_count = models.PositiveIntegerField(default=0)
    failure_count = models.PositiveIntegerField(default=0)
    busy_seconds = models.FloatField(default=0)
    failures_in_row = models.PositiveIntegerField(default=0)
    rests_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["namespace", "name"], name="one_worker_per_name", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/site/workers/{self.public_id}"

    @property
    def operator(self) -> str:
        """Who runs it, as receipts say: site, person:<name> or organization:<name>."""
        if self.namespace is None:
            return SITE_OPERATOR
        return f"{'organization' if self.namespace.is_organization else 'person'}:{self.namespace.name}"
