"""What a job measured."""

from __future__ import annotations

from typing import Any

from django.db import models


class JobResult(models.Model):
    """The result of a job; an evaluation's is signed as a receipt too.

    document  scores, baselines, steps, best_step, resolved and notes in the form of the contracts
    views     what the job's page draws; apart, since lists do without them
    """

    job = models.OneToOneField("jobs.Job", on_delete=models.CASCADE, related_name="result")
    document = models.JSONField()
    views = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"result of {self.job_id}"

    @property
    def facts(self) -> dict[str, Any]:
        return dict(self.document)


class JobScore(models.Model):
    """A score of a result, by which lists are sorted. split: of the dataset"""

    result = models.ForeignKey(JobResult, on_delete=models.CASCADE, related_name="scores")
    name = models.CharField(max_length=80)
    split = models.CharField(max_length=200, blank=True)
    value = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["result", "name", "split"], name="one_score_per_split")
        ]
        indexes = [models.Index(fields=["name", "value"], name="scores_by_value")]

    def __str__(self) -> str:
        return f"{self.name} {self.value}"
