"""REST views for workers: saying hello, and asking for the next job."""

from __future__ import annotations

from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.fields import OptionalTextField, Resource
from apps.core.rest.schema import in_path, operation, with_example
from apps.core.rest.view import ApiView, actor_of
from apps.core.web.policies import WORKER, requires
from apps.toolchain.contracts import PROTOCOL, NextRequest, WorkerHello
from apps.toolchain.jobs.api.bodies import contract_body
from apps.toolchain.jobs.api.shapes import HARDWARE_EXAMPLE
from apps.toolchain.jobs.api.worker_shapes import JobClaim, WorkerHardware

from ..services import greet_worker, next_job

LIMIT_BYTES = 256 * 1024
ID = "0b0e6f3c-52a4-4d0e-8f0a-6f1f1d6f2d11"
WORKER_ID = in_path("worker_id", "Id of the worker.", UUID)


@with_example(
    {
        "worker": "box-1",
        "protocol": PROTOCOL,
        "hardware": HARDWARE_EXAMPLE,
        "versions": {"torch": "2.9"},
        "recipes": {"evaluate/text-classification": "0f1e2d3c4b5a6978"},
        "takes_untrusted": True,
        "memory_bytes": 8_000_000_000,
    }
)
class WorkerHelloCreate(serializers.Serializer[object]):
    """What a worker is."""

    worker = serializers.CharField(help_text="Name of the worker, stable over restarts.")
    protocol = serializers.IntegerField(help_text="Version of what workers and sites say to each other.")
    hardware = WorkerHardware(help_text="What jobs would run on.")
    versions = serializers.DictField(
        child=serializers.CharField(), required=False, help_text="Versions of the worker's libraries by name."
    )
    recipes = serializers.DictField(
        child=serializers.CharField(),
        help_text="Fingerprints of the recipes that it has, by kind/name. It gets jobs of those that the "
        "site declares alike.",
    )
    takes_untrusted = serializers.BooleanField(
        required=False, help_text="Whether it isolates jobs or its operator trusts all users."
    )
    memory_bytes = serializers.IntegerField(
        required=False, help_text="What a job may use: of its GPU, or of the machine; 0 if unknown."
    )


@with_example({"id": ID, "poll_seconds": 5.0})
class WorkerGreeted(Resource):
    """How a worker asks for jobs."""

    id = serializers.CharField(help_text="Of the worker.")
    poll_seconds = serializers.FloatField(help_text="How often to ask while nobody wakes it.")


@with_example(
    {"problems": [], "disk_bytes": 100_000_000_000, "held_jobs": [], "cached_commits": ["4f1c2d9ab0e3"]}
)
class WorkerNextCreate(serializers.Serializer[object]):
    """How a worker is now."""

    problems = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="What is wrong; with any it gets no job."
    )
    disk_bytes = serializers.IntegerField(required=False, help_text="What a job may use on its disk.")
    held_jobs = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Jobs whose checkpoints it has."
    )
    cached_commits = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Commits that it downloaded lately."
    )


@with_example({"claim": None, "state": "draining", "reason": None})
class WorkerNext(Resource):
    """The job of a worker, or why it has none."""

    claim = JobClaim(allow_null=True, help_text="Null if there is no job that it can run.")
    state = serializers.ChoiceField(
        ["ready", "resting", "draining", "quarantined"], help_text="Only a ready worker gets jobs."
    )
    reason = OptionalTextField(help_text="Why it gets none.")


@requires(WORKER)
class WorkerGreeting(ApiView):
    @operation("greet_worker", "workers", WorkerGreeted, 409, body=WorkerHelloCreate)
    def post(self, request: Request) -> Response:
        """Say what a worker is, when it starts and when that changes."""
        hello = contract_body(request._request, WorkerHello.from_json, limit=LIMIT_BYTES)
        return Response(greet_worker(actor=actor_of(request), hello=hello).to_json())


@requires(WORKER)
class WorkerNextJob(ApiView):
    shows_secret = True

    @operation("next_job", "workers", WorkerNext, 404, 409, body=WorkerNextCreate, params=[WORKER_ID])
    def post(self, request: Request, worker_id: UUID) -> Response:
        """Claim the next job that the worker can run, with a key for it. 404: say hello first."""
        order = contract_body(request._request, NextRequest.from_json, limit=LIMIT_BYTES)
        answer = next_job(actor=actor_of(request), worker_id=worker_id, request=order)
        return Response({**answer.to_json(), "reason": answer.reason or None})
