"""REST API of checkpoints."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.errors import ValidationFailed
from apps.core.objects.folders import HASH
from apps.core.rest.body import Body, StrictCharField, StrictIntegerField
from apps.core.rest.fields import ModelResource, Resource, timestamp
from apps.core.rest.schema import CURSOR, LIMIT, in_path, operation, page_of, with_example
from apps.core.rest.view import ApiView, actor_of, created, list_response
from apps.core.web.bodies import takes_body
from apps.core.web.http import body_blocks, declared_length
from apps.core.web.policies import requires
from apps.toolchain.contracts import StoredCheckpoint
from apps.toolchain.jobs.api.bodies import contract_body
from apps.toolchain.jobs.api.shapes import JOB_ID
from apps.toolchain.jobs.models import Job
from apps.toolchain.jobs.policies import JOB_KEY, JOB_READ

from .models import Checkpoint, CheckpointObject
from .policies import CHECKPOINT_BYTES, CHECKPOINT_READ
from .services import put_checkpoint_file, record_checkpoint

STEP = in_path("step", "Step of the training.")
SHA256 = in_path("sha256", "SHA-256 of the file, in hex.")
BYTES = {"application/octet-stream": OpenApiTypes.BINARY}
BODY_LIMIT_BYTES = 256 * 1024
FILE_EXAMPLE = {"path": "model.safetensors", "sha256": "0" * 64, "size_bytes": 1024}
EXAMPLE = {
    "step": 50,
    "attempt": 1,
    "size_bytes": 1024,
    "is_resumable": True,
    "is_final": False,
    "created_at": "2026-01-31T12:00:00.000Z",
    "expires_at": None,
}


@with_example(FILE_EXAMPLE)
class CheckpointFileShape(Resource):
    """A file of a checkpoint."""

    path = serializers.CharField(help_text="Within the folder of the checkpoint.")
    sha256 = serializers.CharField(help_text="In hex.")
    size_bytes = serializers.IntegerField()


@with_example(EXAMPLE)
class JobCheckpoint(ModelResource):
    """A checkpoint of a job."""

    size_bytes = serializers.IntegerField(source="size")
    expires_at = serializers.SerializerMethodField(
        help_text="When it is deleted; null as long as the job is active."
    )

    class Meta:
        model = Checkpoint
        fields: tuple[str, ...] = (
            "step",
            "attempt",
            "size_bytes",
            "is_resumable",
            "is_final",
            "created_at",
            "expires_at",
        )
        extra_kwargs = {
            "step": {"help_text": "Step of the training."},
            "attempt": {"help_text": "Number of the attempt that saved it."},
            "is_resumable": {"help_text": "Whether a training can go on from it; else it has weights only."},
            "is_final": {"help_text": "Whether the job publishes it without training on."},
        }

    def get_expires_at(self, checkpoint: Checkpoint) -> str | None:
        ended = checkpoint.job.finished_at
        return timestamp(ended + timedelta(days=settings.JOB_CHECKPOINT_DAYS)) if ended else None


@with_example({**EXAMPLE, "files": [FILE_EXAMPLE]})
class JobCheckpointDetail(JobCheckpoint):
    """A checkpoint with its files."""

    files = CheckpointFileShape(many=True)

    class Meta(JobCheckpoint.Meta):
        fields = (*JobCheckpoint.Meta.fields, "files")


@with_example(FILE_EXAMPLE)
class CheckpointFileCreate(Body):
    """A stored file of a checkpoint."""

    path = StrictCharField(max_length=201, help_text="A name, or a folder and a name.")
    sha256 = StrictCharField(max_length=64, help_text="In hex.")
    size_bytes = StrictIntegerField(min_value=0)


@with_example({"attempt": 1, "step": 50, "files": [FILE_EXAMPLE]})
class JobCheckpointCreate(Body):
    """A checkpoint whose files have been uploaded."""

    attempt = StrictIntegerField(help_text="Number of the attempt.")
    step = StrictIntegerField(help_text="Step of the training.")
    files = CheckpointFileCreate(many=True)


@with_example({"sha256": "0" * 64, "size_bytes": 1024})
class CheckpointFileStored(Resource):
    """Bytes that are stored for the checkpoints of a job."""

    sha256 = serializers.CharField(help_text="In hex.")
    size_bytes = serializers.IntegerField(source="size")


JobCheckpointPage = page_of(JobCheckpoint)


@takes_body(BODY_LIMIT_BYTES)
@requires(JOB_READ, POST=JOB_KEY)
class JobCheckpoints(ApiView):
    @operation("list_job_checkpoints", "jobs", JobCheckpointPage, 404, params=[JOB_ID, CURSOR, LIMIT])
    def get(self, request: Request, job: Job) -> Response:
        """List the checkpoints that are kept of a job, newest first."""
        rows = job.checkpoints.select_related("job")
        return list_response(request, rows, JobCheckpoint, order=("-step",))

    @operation(
        "record_job_checkpoint",
        "workers",
        JobCheckpointDetail,
        *(404, 409),
        status=201,
        body=JobCheckpointCreate,
        params=[JOB_ID],
    )
    def post(self, request: Request, job_id: UUID) -> Response:
        """Record a checkpoint with the job's key.

        A refusal with the code `CheckpointFilesMissing` lists as `missing` the files to upload first.
        """
        body = contract_body(request._request, StoredCheckpoint.from_json, limit=BODY_LIMIT_BYTES)
        found = record_checkpoint(actor=actor_of(request), job_id=job_id, checkpoint=body)
        data = JobCheckpointDetail(found).data
        return created(data, f"/api/v1/jobs/{job_id}/checkpoints/{found.step}")


@requires(CHECKPOINT_READ)
class OneJobCheckpoint(ApiView):
    @operation("get_job_checkpoint", "jobs", JobCheckpointDetail, 404, params=[JOB_ID, STEP])
    def get(self, request: Request, checkpoint: Checkpoint) -> Response:
        """Get a checkpoint and the names of its files."""
        return Response(JobCheckpointDetail(checkpoint).data)


@takes_body(lambda: int(settings.JOB_CHECKPOINT_LIMIT_BYTES))
@requires(CHECKPOINT_BYTES, PUT=JOB_KEY)
class JobCheckpointFile(ApiView):
    @operation("get_job_checkpoint_file", "workers", CheckpointFileStored, 404, params=[JOB_ID, SHA256])
    def get(self, request: Request, stored: CheckpointObject) -> Response:
        """Get what is known of a file, with the job's key. Its bytes are at the path without `/api/v1`."""
        return Response(CheckpointFileStored(stored).data)

    @operation(
        "put_job_checkpoint_file",
        "workers",
        CheckpointFileStored,
        *(404, 409, 413),
        status=201,
        body=BYTES,
        params=[JOB_ID, SHA256],
    )
    def put(self, request: Request, job_id: UUID, sha256: str) -> Response:
        """Store a file for a checkpoint with the job's key; the body is its content."""
        if not HASH.fullmatch(sha256):
            raise ValidationFailed("Send 64 hex digits.", fields={"sha256": "Send 64 hex digits."})
        raw = request._request
        stored = put_checkpoint_file(
            actor=actor_of(request),
            job_id=job_id,
            sha256=sha256,
            blocks=body_blocks(raw, limit=settings.JOB_CHECKPOINT_LIMIT_BYTES),
            size_bytes=declared_length(raw) or 0,
        )
        path = f"/api/v1/jobs/{job_id}/checkpoint-files/{stored.sha256}"
        return created(CheckpointFileStored(stored).data, path)
