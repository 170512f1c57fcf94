"""Serializers of jobs, events and receipts."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from ..models import FAULT_CHOICES, KIND_CHOICES, Device, Direction, Job, JobState


class RepoAtCommit(serializers.Serializer):
    kind = serializers.CharField(help_text="model or dataset")
    address = serializers.CharField(help_text="owner/name")
    commit = serializers.CharField()


class OutputPlace(serializers.Serializer):
    kind = serializers.CharField()
    address = serializers.CharField()
    is_private = serializers.BooleanField()


class ProgressPart(serializers.Serializer):
    step = serializers.IntegerField()
    total = serializers.IntegerField()
    phase = serializers.CharField()


class HardwarePart(serializers.Serializer):
    device = serializers.CharField()
    name = serializers.CharField()
    cores = serializers.IntegerField()
    memory_bytes = serializers.IntegerField()
    devices = serializers.IntegerField(default=0)


class JobSerializer(serializers.Serializer):
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


class JobPage(serializers.Serializer):
    items = JobSerializer(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class EventSerializer(serializers.Serializer):
    id = serializers.IntegerField(help_text="Increases within a job; also the id of the live event.")
    attempt = serializers.IntegerField()
    seq = serializers.IntegerField(
        allow_null=True, help_text="Sequence number within the attempt; null for events of the site."
    )
    kind = serializers.CharField(help_text="state, log, metric, progress, checkpoint or output")
    at = serializers.DateTimeField()
    data = serializers.DictField()  # type: ignore[assignment]


class EventPage(serializers.Serializer):
    items = EventSerializer(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class EventIn(serializers.Serializer):
    seq = serializers.IntegerField(min_value=1)
    kind = serializers.CharField()
    at = serializers.DateTimeField()
    data = serializers.DictField()  # type: ignore[assignment]


class EventBatchIn(serializers.Serializer):
    attempt = serializers.IntegerField()
    events = EventIn(many=True, required=False, help_text="At most 500; empty for a heartbeat.")


class EventsAccepted(serializers.Serializer):
    accepted = serializers.IntegerField(help_text="The highest stored sequence number.")
    cancel = serializers.BooleanField(help_text="Whether the job was cancelled: stop within seconds.")


class ClaimIn(serializers.Serializer):
    worker = serializers.CharField()
    hardware = HardwarePart()
    versions = serializers.DictField(child=serializers.CharField(), required=False)
    takes_untrusted = serializers.BooleanField(
        default=False,
        help_text="Whether the worker isolates jobs or its operator trusts all users; "
        "otherwise it gets jobs of administrators only.",
    )


class SpecOut(serializers.Serializer):
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


class ClaimOut(serializers.Serializer):
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


class ScorePart(serializers.Serializer):
    name = serializers.CharField()
    value = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class ResultIn(serializers.Serializer):
    """The result of an evaluation, as the contract's EvaluationResult."""

    attempt = serializers.IntegerField()
    config_hash = serializers.CharField()
    split = serializers.CharField()
    samples = serializers.IntegerField()
    scores = ScorePart(many=True)
    labels = serializers.ListField(child=serializers.CharField())
    confusion = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))
    baseline = serializers.DictField()
    bootstrap = serializers.DictField()
    log_sha256 = serializers.CharField()
    code_version = serializers.CharField()
    versions = serializers.DictField(child=serializers.CharField())
    hardware = HardwarePart()
    duration_seconds = serializers.FloatField()


class ResultOut(serializers.Serializer):
    receipt = serializers.UUIDField()


class ReceiptSerializer(serializers.Serializer):
    """A receipt and its signature: Ed25519 over the canonical JSON (RFC 8785) of the body."""

    body = serializers.DictField()
    algorithm = serializers.CharField()
    key_id = serializers.CharField()
    signature = serializers.CharField(help_text="64 bytes in base64")


class ReceiptPage(serializers.Serializer):
    items = ReceiptSerializer(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class KeyPart(serializers.Serializer):
    key_id = serializers.CharField()
    algorithm = serializers.CharField()
    public_key = serializers.CharField(help_text="32 bytes in base64")
    pem = serializers.CharField()
    created_at = serializers.DateTimeField()
    is_current = serializers.BooleanField()


class KeyPage(serializers.Serializer):
    issuer = serializers.CharField()
    keys = KeyPart(many=True)


class CurvesSerializer(serializers.Serializer):
    step = serializers.ListField(child=serializers.IntegerField())
    series = serializers.DictField(child=serializers.ListField(child=serializers.FloatField(allow_null=True)))


class ParamPart(serializers.Serializer):
    name = serializers.CharField()
    kind = serializers.CharField()
    default = serializers.JSONField()
    label = serializers.CharField()  # type: ignore[assignment]
    help = serializers.CharField()
    minimum = serializers.FloatField(required=False)
    maximum = serializers.FloatField(required=False)
    choices = serializers.ListField(child=serializers.CharField(), required=False)
    required = serializers.BooleanField()  # type: ignore[assignment]


class RecipePart(serializers.Serializer):
    kind = serializers.ChoiceField(KIND_CHOICES)
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    inputs = serializers.DictField(
        child=serializers.CharField(), help_text="Kind of repository by name of the input."
    )
    output_kind = serializers.CharField(allow_blank=True)
    params = ParamPart(many=True)


class RecipePage(serializers.Serializer):
    items = RecipePart(many=True)
    next_cursor = serializers.CharField(allow_null=True)
