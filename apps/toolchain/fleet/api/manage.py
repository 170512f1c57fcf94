"""REST views of workers for who runs them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.body import Body, StrictCharField, StrictChoiceField, validated
from apps.core.rest.fields import ModelResource, OptionalTextField
from apps.core.rest.schema import CURSOR, LIMIT, in_path, operation, page_of, with_example
from apps.core.rest.view import ApiView, actor_of, list_response, no_content
from apps.core.web.policies import SIGNED_IN, requires
from apps.toolchain.jobs.api.shapes import HARDWARE_EXAMPLE, Hardware
from apps.toolchain.jobs.models import Worker, WorkerState

from ..policies import WORKER_READ, WORKER_WRITE
from ..selectors import ORDER, listed_workers, other_recipes
from ..services import remove_worker, set_worker_state
from .protocol import ID

WORKER_ID = in_path("worker_id", "Id of the worker.", UUID)


@with_example(
    {
        "id": ID,
        "name": "box-1",
        "operator": "site",
        "state": "ready",
        "state_reason": None,
        "hardware": HARDWARE_EXAMPLE,
        "problems": [],
        "other_recipes": [],
        "attempt_count": 12,
        "failure_count": 1,
        "failures_in_row": 0,
        "busy_seconds": 3600.0,
        "rests_until": None,
        "first_seen_at": "2026-01-31T12:00:00.000Z",
        "last_seen_at": "2026-01-31T13:00:00.000Z",
    }
)
class WorkerSerializer(ModelResource):
    """A worker and what it has done."""

    id = serializers.CharField(source="public_id")
    operator = serializers.CharField(
        help_text="Who runs it: site, person:<name> or organization:<name>, whose jobs alone it gets."
    )
    state_reason = OptionalTextField(help_text="Why it gets no jobs.")
    hardware = Hardware(help_text="Of its machine.")
    problems = serializers.ListField(child=serializers.CharField(), help_text="What its self-check found.")
    other_recipes = serializers.SerializerMethodField(
        help_text="Recipes of the site that it lacks or has in another version, as kind/name."
    )

    def get_other_recipes(self, worker: Worker) -> list[str]:
        return other_recipes(worker)

    class Meta:
        model = Worker
        fields = (
            "id",
            "name",
            "operator",
            "state",
            "state_reason",
            "hardware",
            "problems",
            "other_recipes",
            "attempt_count",
            "failure_count",
            "failures_in_row",
            "busy_seconds",
            "rests_until",
            "first_seen_at",
            "last_seen_at",
        )
        extra_kwargs: dict[str, dict[str, Any]] = {
            "state": {"help_text": "draining: it finishes its job and gets no other."},
            "attempt_count": {"help_text": "Number of jobs that it has claimed."},
            "failure_count": {"help_text": "Attempts that failed by the worker's fault."},
            "failures_in_row": {"help_text": "Of them, those since its last good one."},
            "busy_seconds": {"help_text": "Time that its finished attempts have taken."},
            "rests_until": {"help_text": "End of a pause after several failures in a row."},
        }


@with_example({"state": "draining", "state_reason": "It gets a new disk."})
class WorkerUpdate(Body):
    """Whether a worker gets jobs."""

    state = StrictChoiceField(WorkerState.choices, help_text="ready also forgets its failures.")
    state_reason = StrictCharField(
        max_length=300, required=False, allow_null=True, help_text="Default: none."
    )


WorkerPage = page_of(WorkerSerializer)


@requires(SIGNED_IN)
class Workers(ApiView):
    @operation("list_workers", "fleet", WorkerPage, params=[CURSOR, LIMIT])
    def get(self, request: Request) -> Response:
        """List your workers and those of organizations that you administer; administrators see all."""
        return list_response(request, listed_workers(actor_of(request)), WorkerSerializer, order=ORDER)


@requires(WORKER_READ, PATCH=WORKER_WRITE, DELETE=WORKER_WRITE)
class OneWorker(ApiView):
    # a worker reports all the time
    volatile = frozenset({"last_seen_at", "busy_seconds", "attempt_count"})

    @operation("get_worker", "fleet", WorkerSerializer, 404, params=[WORKER_ID])
    def get(self, request: Request, worker: Worker) -> Response:
        """Get a worker."""
        return Response(WorkerSerializer(worker).data)

    @operation("update_worker", "fleet", WorkerSerializer, 404, body=WorkerUpdate, params=[WORKER_ID])
    def patch(self, request: Request, worker: Worker) -> Response:
        """Let a worker drain, quarantine it, or make it ready again. It keeps the job that it has."""
        data = validated(request, WorkerUpdate)
        changed = set_worker_state(
            actor=actor_of(request),
            worker_id=worker.public_id,
            state=WorkerState(data["state"]),
            reason=data.get("state_reason") or "",
        )
        return Response(WorkerSerializer(changed).data)

    @operation("remove_worker", "fleet", None, 404, 409, status=204, params=[WORKER_ID])
    def delete(self, request: Request, worker: Worker) -> Response:
        """Remove a worker that has no job. One that still runs comes back."""
        remove_worker(actor=actor_of(request), worker_id=worker.public_id)
        return no_content()
