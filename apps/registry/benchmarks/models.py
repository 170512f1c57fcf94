"""Benchmarks and the evaluations that were submitted to them."""

from __future__ import annotations

from django.db import models


class Benchmark(models.Model):
    """A dataset as a benchmark: what every model is scored on, and by which metric.

    repo         the public dataset, whose page shows the leaderboard
    data         the dataset with the test split, which is private if the split is hidden
    data_commit  commit of it that models are scored on
    created_by   as whom the evaluations run: somebody who may read the data
    daily_limit  submissions of one person in 24 hours, which keeps a hidden split hidden
    """

    repo = models.OneToOneField("repos.Repo", on_delete=models.CASCADE, related_name="benchmark")
    data = models.ForeignKey("repos.Repo", on_delete=models.CASCADE, related_name="benchmarks_of_data")
    data_commit = models.CharField(max_length=64)
    recipe = models.CharField(max_length=80)
    params = models.JSONField()
    metric = models.CharField(max_length=80)
    created_by = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="benchmarks")
    daily_limit = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"benchmark {self.repo_id}"

    @property
    def is_hidden(self) -> bool:
        return self.data.is_private


class Submission(models.Model):
    """A model's evaluation on a benchmark. model_commit: what was scored"""

    benchmark = models.ForeignKey(Benchmark, on_delete=models.CASCADE, related_name="submissions")
    job = models.OneToOneField("jobs.Job", on_delete=models.CASCADE, related_name="submission")
    model = models.ForeignKey("repos.Repo", on_delete=models.CASCADE, related_name="submissions")
    model_commit = models.CharField(max_length=64)
    submitted_by = models.ForeignKey(
        "accounts.User", on_delete=models.SET_NULL, null=True, related_name="submissions"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["benchmark", "submitted_by", "-created_at"], name="submissions_of_a_person")
        ]

    def __str__(self) -> str:
        return f"submission {self.job_id}"
