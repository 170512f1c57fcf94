"""Fine-tunes as their clients know them, and the datasets that uploaded files became."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from apps.toolchain.files.models import random_id


def new_fine_tune_id() -> str:
    return random_id("ftjob-")


class Method(models.TextChoices):
    """How a model learns; the values are those of the API."""

    SUPERVISED = "supervised"
    DPO = "dpo"


class FineTune(models.Model):
    """An order through the API, with the job that it became.

    job              None if the order failed before, with `error`
    model            as the client wrote it
    base             `owner/name` of the model that is tuned
    training_file,   as the client wrote them: ids, or addresses of files in datasets
    validation_file
    hyperparameters  as the client wrote them
    error            code, message and param of a fault of the files
    name             that the tuned model is called by; null if there will be none
    is_name_deleted  whether its owner gave the name up
    paused_at        the job was stopped to be continued later
    result_file      metrics by step, once the job has succeeded; null if it was deleted since
    has_results      whether that file was made
    request_digest   hash of the client's request, by which a repetition is known
    """

    public_id = models.CharField(max_length=40, unique=True, default=new_fine_tune_id, editable=False)
    namespace = models.ForeignKey("accounts.Namespace", on_delete=models.CASCADE, related_name="+")
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    job = models.OneToOneField("jobs.Job", on_delete=models.CASCADE, null=True, related_name="fine_tune")
    model = models.CharField(max_length=400)
    base = models.CharField(max_length=200)
    training_file = models.CharField(max_length=1000)
    validation_file = models.CharField(max_length=1000, blank=True)
    suffix = models.CharField(max_length=64, blank=True)
    seed = models.BigIntegerField()
    method = models.CharField(max_length=16, choices=Method)
    hyperparameters = models.JSONField(default=dict)
    metadata = models.JSONField(default=dict)
    error = models.JSONField(null=True)
    name = models.CharField(max_length=400, unique=True, null=True)
    is_name_deleted = models.BooleanField(default=False)
    paused_at = models.DateTimeField(null=True)
    result_file = models.ForeignKey("files.File", on_delete=models.SET_NULL, null=True, related_name="+")
    has_results = models.BooleanField(default=False)
    request_digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["namespace", "-id"], name="fine_tunes_of_namespace"),
            models.Index(fields=["submitted_by", "request_digest"], name="repeated_fine_tunes"),
        ]

    def __str__(self) -> str:
        return self.public_id


class FileDataset(models.Model):
    """The dataset repository that holds uploaded files as splits, for all jobs with the same files.

    training_sha256,    of the files; the second is empty without a validation file
    validation_sha256
    repo_key, commit    of the repository
    """

    namespace = models.ForeignKey("accounts.Namespace", on_delete=models.CASCADE, related_name="+")
    training_sha256 = models.CharField(max_length=64)
    validation_sha256 = models.CharField(max_length=64, blank=True)
    repo_key = models.UUIDField()
    commit = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["namespace", "training_sha256", "validation_sha256"], name="one_dataset_per_files"
            )
        ]

    def __str__(self) -> str:
        return f"{self.training_sha256[:12]} as {self.repo_key}"
