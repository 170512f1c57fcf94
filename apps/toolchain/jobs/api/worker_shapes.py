"""What workers send and get, as the contracts read and write it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.core.rest.fields import Resource
from apps.core.rest.schema import with_example
from apps.toolchain.contracts import BATCH_LIMIT_EVENTS, EventKind

from .shapes import COMMIT, HARDWARE_EXAMPLE, KIND, PARAMS_EXAMPLE, REPO_KINDS


class WorkerHardware(serializers.Serializer[Any]):
    """The machine of a worker, as it describes itself."""

    device = serializers.CharField(help_text="cpu, or the kind of GPU, such as cuda.")
    name = serializers.CharField(help_text="Name of the processor or GPU.")
    cores = serializers.IntegerField(help_text="Number of processor cores.")
    memory_bytes = serializers.IntegerField(help_text="Of the machine.")
    devices = serializers.IntegerField(required=False, help_text="Number of GPUs.")


@with_example(
    {"worker": "box-1", "hardware": HARDWARE_EXAMPLE, "versions": {"torch": "2.9"}, "takes_untrusted": True}
)
class JobClaimCreate(serializers.Serializer[Any]):
    """A worker that asks for a job."""

    worker = serializers.CharField(help_text="Name of the worker, stable over restarts.")
    hardware = WorkerHardware(help_text="What the job would run on.")
    versions = serializers.DictField(
        child=serializers.CharField(), required=False, help_text="Versions of the worker's libraries by name."
    )
    takes_untrusted = serializers.BooleanField(
        required=False,
        help_text="Whether the worker isolates jobs or its operator trusts all users; "
        "otherwise it gets jobs of administrators only.",
    )


class JobSpecInput(Resource):
    """A repository to read."""

    kind = serializers.ChoiceField(REPO_KINDS)
    address = serializers.CharField(help_text="owner/name")
    commit = serializers.CharField(help_text="Full hash of the commit.")
    key = serializers.CharField(allow_blank=True, help_text="Id of the repository.")


class JobSpecOutput(Resource):
    """The repository to publish to."""

    kind = serializers.ChoiceField(REPO_KINDS)
    address = serializers.CharField(help_text="owner/name")
    is_private = serializers.BooleanField(help_text="Whether it is created private.")


class JobSpec(Resource):
    """A job as its worker gets it."""

    id = serializers.CharField()
    kind = serializers.CharField(help_text=KIND)
    recipe = serializers.CharField(help_text="Name of the recipe.")
    inputs = serializers.DictField(child=JobSpecInput(), help_text="By the names of the recipe's inputs.")
    output = JobSpecOutput(allow_null=True, help_text="Null for recipes without an output.")
    params = serializers.DictField(help_text="Values of all params of the recipe.")
    seed = serializers.IntegerField(help_text="Of all random numbers.")
    submitted_by = serializers.CharField(help_text="Username of the submitter.")
    hub_url = serializers.CharField(help_text="Public URL of the site, for links.")
    steps_limit = serializers.IntegerField(help_text="Maximum number of training steps; 0 for no limit.")
    max_seconds = serializers.IntegerField(help_text="Time that the person allows; 0 for no cap of theirs.")


@with_example(
    {
        "spec": {
            "id": "5b1f0c7e-2f6a-4a7e-9a0e-3f1a2b4c5d6e",
            "kind": "fine_tune",
            "recipe": "text-classification",
            "inputs": {"model": {"kind": "model", "address": "owner/base", "commit": COMMIT, "key": ""}},
            "output": {"kind": "model", "address": "owner/tuned", "is_private": False},
            "params": PARAMS_EXAMPLE,
            "seed": 1,
            "submitted_by": "owner",
            "hub_url": "https://example.com",
            "steps_limit": 1_000_000,
            "max_seconds": 0,
        },
        "key": "hf_…",
        "attempt": 1,
        "lease_seconds": 30,
        "heartbeat_seconds": 2,
        "seconds_left": 86_400,
        "is_trusted": False,
    }
)
class JobClaim(Resource):
    """A claimed job, the key for its repositories and the terms of the lease."""

    spec = JobSpec(help_text="What to do.")
    key = serializers.CharField(
        help_text="Access token for the job's repositories, valid until the attempt ends."
    )
    attempt = serializers.IntegerField(help_text="Number of the attempt, which each report names.")
    lease_seconds = serializers.FloatField(
        help_text="After so long without a report the job is queued again."
    )
    heartbeat_seconds = serializers.FloatField(help_text="How often to report.")
    is_trusted = serializers.BooleanField(
        help_text="Whether the submitter is an administrator, whose jobs need no isolation."
    )
    seconds_left = serializers.FloatField(
        help_text="Remaining time of the job over all attempts; 0 for no limit."
    )


class WorkerEvent(serializers.Serializer[Any]):
    """An event as the worker reports it."""

    seq = serializers.IntegerField(min_value=1, help_text="Counts from 1 within an attempt.")
    kind = serializers.ChoiceField([kind.value for kind in EventKind])
    at = serializers.DateTimeField(help_text="By the worker's clock.")
    data = serializers.DictField(help_text="By kind, as in the contract.")  # type: ignore[assignment]


@with_example(
    {
        "attempt": 1,
        "events": [{"seq": 3, "kind": "log", "at": "2026-01-31T12:00:00Z", "data": {"line": "epoch 1"}}],
    }
)
class EventBatch(serializers.Serializer[Any]):
    """Events of an attempt, in order."""

    attempt = serializers.IntegerField(help_text="Number of the attempt.")
    events = WorkerEvent(
        many=True, required=False, help_text=f"At most {BATCH_LIMIT_EVENTS}; empty for a heartbeat."
    )


@with_example({"accepted": 3, "cancel": False})
class EventsAccepted(Resource):
    """What the site has stored of an attempt."""

    accepted = serializers.IntegerField(help_text="The highest stored sequence number.")
    cancel = serializers.BooleanField(help_text="Whether the job was cancelled: stop within seconds.")
