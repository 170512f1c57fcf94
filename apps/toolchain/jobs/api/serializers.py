"""Serializers of jobs and events."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.rest.schema import page_of, with_example

from ..contracts import Unit
from ..models import FAULT_CHOICES, KIND_CHOICES, Device, Direction, Job, JobState


class RepoAtCommit(serializers.Serializer[Any]):
    kind = serializers.CharField(help_text="model or dataset")
    address = serializers.CharField(help_text="owner/name")
    commit = serializers.CharField()


class OutputPlace(serializers.Serializer[Any]):
    kind = serializers.CharField()
    address = serializers.CharField()
    is_private = serializers.BooleanField()


class ProgressPart(serializers.Serializer[Any]):
    step = serializers.IntegerField()
    total = serializers.IntegerField()
    phase = serializers.CharField()


class HardwarePart(serializers.Serializer[Any]):
    device = serializers.CharField()
    name = serializers.CharField()
    cores = serializers.IntegerField()
    memory_bytes = serializers.IntegerField()
    devices = serializers.IntegerField(default=0)


INPUTS_EXAMPLE: dict[str, Any] = {
    "model": {
        "kind": "model",
        "address": "owner/tiny-llama",
        "commit": "4f1c2d9ab0e37c55d1f0a6b8c9e2d4f6a8b0c1d3",
    }
}
OUTPUT_EXAMPLE: dict[str, Any] = {"kind": "model", "address": "owner/tuned", "is_private": False}
PARAMS_EXAMPLE: dict[str, Any] = {"text_column": "text", "label_column": "label"}
HARDWARE_EXAMPLE: dict[str, Any] = {
    "device": "cpu",
    "name": "x86_64",
    "cores": 2,
    "memory_bytes": 8_000_000_000,
    "devices": 0,
}


@with_example(
    {
        "id": "5b1f0c7e-2f6a-4a7e-9a0e-3f1a2b4c5d6e",
        "kind": "fine_tune",
        "recipe": "text-classification",
        "state": "running",
        "namespace": "owner",
        "submitted_by": "owner",
        "inputs": INPUTS_EXAMPLE,
        "output": OUTPUT_EXAMPLE,
        "outputs": [],
        "receipt": None,
        "params": PARAMS_EXAMPLE,
        "seed": 1,
        "device": "cpu",
        "is_public": True,
        "attempt": 1,
        "progress": {"step": 10, "total": 100, "phase": "training"},
        "checkpoint_step": None,
        "hardware": HARDWARE_EXAMPLE,
        "fault": "",
        "code": "",
        "message": "",
        "created_at": "2026-01-31T12:00:00Z",
        "not_before": None,
        "claimed_at": "2026-01-31T12:00:00Z",
        "started_at": "2026-01-31T12:00:00Z",
        "finished_at": None,
        "cancel_requested_at": None,
        "url": "/jobs/5b1f0c7e-2f6a-4a7e-9a0e-3f1a2b4c5d6e",
    }
)
class JobSerializer(serializers.Serializer[Any]):
    """One job. Times are ISO 8601 in UTC."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(KIND_CHOICES)
    recipe = serializers.CharField()
    state = serializers.ChoiceField(JobState.choices)
    namespace = serializers.CharField(source="namespace.name")
    submitted_by = serializers.SerializerMethodField()
    inputs = serializers.SerializerMethodField(help_text="Repositories by their name in the recipe.")
    output = OutputPlace(allow_null=True, help_text="The requested output repository.")
    outputs = serializers.SerializerMethodField(help_text="Published repositories.")
    receipt = serializers.SerializerMethodField(help_text="Id of an evaluation's receipt.")
    params = serializers.DictField()
    seed = serializers.IntegerField()
    device = serializers.ChoiceField(Device.choices, allow_blank=True)
    is_public = serializers.BooleanField(source="is_open", help_text="Whether anyone can read it.")
    attempt = serializers.IntegerField()
    progress = ProgressPart(allow_null=True)
    checkpoint_step = serializers.IntegerField(allow_null=True)
    hardware = serializers.SerializerMethodField(help_text="Hardware of the last attempt.")
    fault = serializers.ChoiceField(
        FAULT_CHOICES,
        allow_blank=True,
        help_text="Who can fix the failure: yours (the user) or ours (the platform).",
    )
    code = serializers.CharField(allow_blank=True)
    message = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    not_before = serializers.DateTimeField(
        allow_null=True, help_text="When a job is retried after a failure."
    )
    claimed_at = serializers.DateTimeField(allow_null=True)
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    cancel_requested_at = serializers.DateTimeField(allow_null=True)
    url = serializers.CharField(source="get_absolute_url", help_text="Path of the job's page.")

    def get_submitted_by(self, job: Job) -> str:
        return job.submitted_by.username if job.submitted_by else ""

    @extend_schema_field(serializers.DictField(child=RepoAtCommit()))
    def get_inputs(self, job: Job) -> dict[str, Any]:
        return {
            name: {key: repo[key] for key in ("kind", "address", "commit")}
            for name, repo in job.inputs.items()
        }

    @extend_schema_field(RepoAtCommit(many=True))
    def get_outputs(self, job: Job) -> list[dict[str, str]]:
        made = [row for row in job.lineage.all() if row.direction == Direction.OUTPUT and row.commit]
        return [{"kind": row.kind, "address": row.address, "commit": row.commit} for row in made]

    @extend_schema_field(serializers.UUIDField(allow_null=True))
    def get_receipt(self, job: Job) -> str | None:
        receipt = getattr(job, "receipt", None)
        return str(receipt.pk) if receipt else None

    @extend_schema_field(HardwarePart(allow_null=True))
    def get_hardware(self, job: Job) -> dict[str, Any] | None:
        return job.hardware or None


JobPage = page_of(JobSerializer)


@with_example(
    {
        "id": 12,
        "attempt": 1,
        "seq": 3,
        "kind": "metric",
        "at": "2026-01-31T12:00:00Z",
        "data": {"step": 10, "values": {"loss": 0.4}},
    }
)
class EventSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text="Increases within a job; also the id of the live event.")
    attempt = serializers.IntegerField()
    seq = serializers.IntegerField(
        allow_null=True, help_text="Sequence number within the attempt; null for events of the site."
    )
    kind = serializers.CharField(help_text="state, log, metric, progress, checkpoint or output")
    at = serializers.DateTimeField()
    data = serializers.DictField()  # type: ignore[assignment]


EventPage = page_of(EventSerializer)


class EventIn(serializers.Serializer[Any]):
    seq = serializers.IntegerField(min_value=1)
    kind = serializers.CharField()
    at = serializers.DateTimeField()
    data = serializers.DictField()  # type: ignore[assignment]


@with_example(
    {
        "attempt": 1,
        "events": [{"seq": 3, "kind": "log", "at": "2026-01-31T12:00:00Z", "data": {"line": "epoch 1"}}],
    }
)
class EventBatchIn(serializers.Serializer[Any]):
    attempt = serializers.IntegerField()
    events = EventIn(many=True, required=False, help_text="At most 500; empty for a heartbeat.")


@with_example({"accepted": 3, "cancel": False})
class EventsAccepted(serializers.Serializer[Any]):
    accepted = serializers.IntegerField(help_text="The highest stored sequence number.")
    cancel = serializers.BooleanField(help_text="Whether the job was cancelled: stop within seconds.")


@with_example(
    {"worker": "box-1", "hardware": HARDWARE_EXAMPLE, "versions": {"torch": "2.9"}, "takes_untrusted": True}
)
class ClaimIn(serializers.Serializer[Any]):
    worker = serializers.CharField()
    hardware = HardwarePart()
    versions = serializers.DictField(child=serializers.CharField(), required=False)
    takes_untrusted = serializers.BooleanField(
        default=False,
        help_text="Whether the worker isolates jobs or its operator trusts all users; "
        "otherwise it gets jobs of administrators only.",
    )


class SpecOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    kind = serializers.CharField()
    recipe = serializers.CharField()
    inputs = serializers.DictField(child=RepoAtCommit())
    output = OutputPlace(allow_null=True)
    params = serializers.DictField()
    seed = serializers.IntegerField()
    submitted_by = serializers.CharField()
    hub_url = serializers.CharField()
    steps_limit = serializers.IntegerField(help_text="Maximum number of training steps; 0 for no limit.")


@with_example(
    {
        "spec": {
            "id": "5b1f0c7e-2f6a-4a7e-9a0e-3f1a2b4c5d6e",
            "kind": "fine_tune",
            "recipe": "text-classification",
            "inputs": INPUTS_EXAMPLE,
            "output": OUTPUT_EXAMPLE,
            "params": PARAMS_EXAMPLE,
            "seed": 1,
            "submitted_by": "owner",
            "hub_url": "https://example.com",
            "steps_limit": 1_000_000,
        },
        "key": "hf_…",
        "attempt": 1,
        "lease_seconds": 30,
        "heartbeat_seconds": 2,
        "seconds_left": 86_400,
        "is_trusted": False,
    }
)
class ClaimOut(serializers.Serializer[Any]):
    spec = SpecOut()
    key = serializers.CharField(
        help_text="Access token for the job's repositories, valid until the attempt ends."
    )
    attempt = serializers.IntegerField()
    lease_seconds = serializers.FloatField()
    heartbeat_seconds = serializers.FloatField()
    is_trusted = serializers.BooleanField(
        help_text="Whether the submitter is an administrator, whose jobs need no isolation."
    )
    seconds_left = serializers.FloatField(
        help_text="Remaining time of the job over all attempts; 0 for no limit."
    )


@with_example({"step": [1, 2], "series": {"loss": [0.7, 0.4]}})
class CurvesSerializer(serializers.Serializer[Any]):
    step = serializers.ListField(child=serializers.IntegerField())
    series = serializers.DictField(child=serializers.ListField(child=serializers.FloatField(allow_null=True)))


class MetricPart(serializers.Serializer[Any]):
    name = serializers.CharField(help_text="As in events, scores and receipts.")
    label = serializers.CharField()  # type: ignore[assignment]
    unit = serializers.ChoiceField([unit.value for unit in Unit])
    higher_is_better = serializers.BooleanField()


class ParamPart(serializers.Serializer[Any]):
    name = serializers.CharField()
    kind = serializers.CharField()
    default = serializers.JSONField()
    label = serializers.CharField()  # type: ignore[assignment]
    help = serializers.CharField()
    minimum = serializers.FloatField(required=False)
    maximum = serializers.FloatField(required=False)
    choices = serializers.ListField(child=serializers.CharField(), required=False)
    required = serializers.BooleanField()  # type: ignore[assignment]


@with_example(
    {
        "kind": "fine_tune",
        "name": "text-classification",
        "label": "Text classification",
        "inputs": {"model": "model", "dataset": "dataset"},
        "output_kind": "model",
        "metrics": [{"name": "loss", "label": "Training loss", "unit": "number", "higher_is_better": False}],
        "params": [
            {
                "name": "epochs",
                "kind": "number",
                "default": 3,
                "label": "Epochs",
                "help": "",
                "minimum": 0.1,
                "maximum": 100,
                "required": False,
            }
        ],
    }
)
class RecipePart(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(KIND_CHOICES)
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    inputs = serializers.DictField(
        child=serializers.CharField(), help_text="Kind of repository by name of the input."
    )
    output_kind = serializers.CharField(allow_blank=True)
    metrics = MetricPart(many=True)
    params = ParamPart(many=True)


RecipePage = page_of(RecipePart, "RecipePage")
