"""Inputs and outputs of jobs."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _


class Direction(models.TextChoices):
    INPUT = "input", _("Input")
    OUTPUT = "output", _("Output")


class Lineage(models.Model):
    """One input or output of a job: a repository at a commit.

    The repository is named by plain values, since this domain may not import the registry.

    name       name of the input in the recipe, or "output"
    repo_key   the repository's immutable id; null until the registry links an output
    is_public  whether anyone can see the repository
    """

    job = models.ForeignKey("jobs.Job", on_delete=models.CASCADE, related_name="lineage")
    direction = models.CharField(max_length=8, choices=Direction)
    name = models.CharField(max_length=40)
    kind = models.CharField(max_length=16)
    address = models.CharField(max_length=200)
    repo_key = models.UUIDField(null=True)
    commit = models.CharField(max_length=64, blank=True)
    is_public = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "direction", "name"], name="one_repo_per_place")
        ]
        indexes = [
            models.Index(fields=["repo_key", "direction"], name="lineage_of_repo"),
            models.Index("kind", Upper("address"), name="lineage_of_repo_name"),
        ]

    def __str__(self) -> str:
        return f"{self.direction} {self.address}@{self.commit[:12]}"

    @property
    def path(self) -> str:
        """Path of the repository's page."""
        return f"/{self.address}" if self.kind == "model" else f"/{self.kind}s/{self.address}"

    @property
    def commit_path(self) -> str:
        return f"{self.path}/tree/{self.commit}" if self.commit else self.path
