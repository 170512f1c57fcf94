"""REST API: publishing checkpoints."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.body import Body, validated
from apps.core.rest.schema import operation, with_example
from apps.core.rest.view import ApiView, actor_of, created
from apps.core.web.policies import requires
from apps.toolchain.checkpoints.api import STEP
from apps.toolchain.checkpoints.models import Checkpoint
from apps.toolchain.checkpoints.policies import CHECKPOINT_PUBLISH
from apps.toolchain.jobs.api.jobs import job_json
from apps.toolchain.jobs.api.serializers import JobSerializer
from apps.toolchain.jobs.api.shapes import JOB_ID
from apps.toolchain.jobs.errors import InvalidOrder
from apps.users.accounts.scopes import OAuthScope

from ..services.publish import publish_checkpoint
from .orders import JobOutputCreate, output_of


@with_example({"output": {"full_name": "owner/tuned-step-50"}})
class CheckpointPublicationCreate(Body):
    """Where to publish a checkpoint."""

    output = JobOutputCreate()


@requires(CHECKPOINT_PUBLISH, scopes=(OAuthScope.JOBS,))
class CheckpointPublication(ApiView):
    @operation(
        "publish_job_checkpoint",
        "jobs",
        JobSerializer,
        *(404, 409),
        status=201,
        body=CheckpointPublicationCreate,
        params=[JOB_ID, STEP],
    )
    def post(self, request: Request, checkpoint: Checkpoint) -> Response:
        """Submit a job that publishes the weights of a checkpoint as a model of its own, with its card."""
        data = validated(request, CheckpointPublicationCreate)
        try:
            job = publish_checkpoint(
                actor=actor_of(request), checkpoint=checkpoint, output=output_of(data["output"])
            )
        except InvalidOrder as refusal:
            fields = refusal.facts.get("fields", {})
            if "output" in fields:
                refusal.facts["fields"] = {**fields, "output": {"full_name": [fields["output"]]}}
            raise
        return created(job_json(job), f"/api/v1/jobs/{job.pk}")
