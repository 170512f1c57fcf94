"""Parts that several resources of jobs and receipts share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from rest_framework import serializers

from apps.core.rest.fields import Resource
from apps.core.rest.schema import in_path
from apps.toolchain.contracts import FLAVORS

from ..selectors import FailureCause

JOB_ID = in_path("job_id", "Id of the job.", UUID)
# those of the registry, which stands above
REPO_KINDS = ["model", "dataset", "space", "kernel"]
# a kind is a plain string, since recipes may bring further ones
KIND = "Such as fine_tune, evaluate, prepare or generate; /api/v1/recipes has all of this site."
COMMIT = "4f1c2d9ab0e37c55d1f0a6b8c9e2d4f6a8b0c1d3"

INPUTS_EXAMPLE: dict[str, Any] = {
    "model": {"kind": "model", "full_name": "owner/tiny-llama", "commit_sha": COMMIT},
    "dataset": {"kind": "dataset", "full_name": "owner/film-lines", "commit_sha": COMMIT},
}
OUTPUT_EXAMPLE: dict[str, Any] = {"kind": "model", "full_name": "owner/tuned", "is_private": False}
PARAMS_EXAMPLE: dict[str, Any] = {"text_column": "text", "label_column": "label", "epochs": 3}
HARDWARE_EXAMPLE: dict[str, Any] = {
    "device": "cpu",
    "name": "x86_64",
    "cores": 2,
    "memory_bytes": 8_000_000_000,
    "devices": 0,
}


class PinnedRepo(Resource):
    """A repository at a commit."""

    kind = serializers.ChoiceField(REPO_KINDS)
    full_name = serializers.CharField(help_text="owner/name")
    commit_sha = serializers.CharField(help_text="Full hash of the commit.")


class JobOutput(Resource):
    """The repository that a job creates."""

    kind = serializers.ChoiceField(REPO_KINDS)
    full_name = serializers.CharField(help_text="owner/name")
    is_private = serializers.BooleanField(help_text="Whether it is created private.")


class Progress(Resource):
    """How far a job is."""

    step = serializers.IntegerField(help_text="Steps of the phase that are done.")
    total = serializers.IntegerField(help_text="Number of steps of the phase, 0 if it is unknown.")
    phase = serializers.CharField(help_text="What the job does, such as training; may change.")


class JobError(Resource):
    """Why a job failed."""

    cause = serializers.ChoiceField(
        [cause.value for cause in FailureCause],
        help_text="user: change the job, its model or its dataset; system: the site failed, retry the job.",
    )
    code = serializers.CharField(help_text="Stable identifier for programs, such as column_missing.")
    message = serializers.CharField(help_text="A sentence for people; may change.")


class DeviceEstimate(Resource):
    """What a job takes on one kind of device; null where the repositories do not tell."""

    device = serializers.ChoiceField(list(FLAVORS), help_text="Kind of device.")
    steps = serializers.IntegerField(allow_null=True, help_text="Of a training.")
    tokens = serializers.IntegerField(allow_null=True, help_text="Tokens to read, over all steps.")
    memory_bytes = serializers.IntegerField(allow_null=True, help_text="Of a job's processes.")
    disk_bytes = serializers.IntegerField(allow_null=True, help_text="Of inputs, checkpoints and output.")
    device_seconds_low = serializers.IntegerField(
        allow_null=True, help_text="Seconds of one processor core or GPU, as usage counts them: at least."
    )
    device_seconds_high = serializers.IntegerField(allow_null=True, help_text="The same: at most.")


def device_estimates(estimates: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return estimates by device as a list."""
    return [{"device": name, **one} for name, one in estimates.items()]


class Hardware(Resource):
    """The machine of a worker."""

    device = serializers.CharField(help_text="cpu, or the kind of GPU, such as cuda.")
    name = serializers.CharField(help_text="Name of the processor or GPU.")
    cores = serializers.IntegerField(help_text="Number of processor cores.")
    memory_bytes = serializers.IntegerField(help_text="Of the machine.")
    devices = serializers.IntegerField(help_text="Number of GPUs.")
