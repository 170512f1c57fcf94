"""REST API of artifacts."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.errors import InvalidHeader, error_at
from apps.core.objects.folders import HASH
from apps.core.rest.fields import ModelResource
from apps.core.rest.schema import CURSOR, LIMIT, in_path, operation, page_of, with_example
from apps.core.rest.view import ApiView, actor_of, created, list_response, no_content
from apps.core.web.bodies import takes_body
from apps.core.web.http import body_blocks, declared_length
from apps.core.web.policies import requires
from apps.toolchain.jobs.api.shapes import JOB_ID
from apps.toolchain.jobs.models import Job
from apps.toolchain.jobs.policies import JOB_DATA, JOB_KEY, JOB_WRITE
from apps.users.accounts.scopes import OAuthScope

from .models import JobArtifact
from .policies import ARTIFACT_READ
from .services import delete_artifact, put_artifact

ARTIFACT = in_path("artifact", "Name of the file.")
SHA256 = OpenApiParameter(
    "X-Checksum-Sha256",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="What the body has to hash to, in hex.",
)
BYTES = {"application/octet-stream": OpenApiTypes.BINARY}


@with_example(
    {
        "name": "predictions.parquet",
        "sha256": "0" * 64,
        "size_bytes": 1024,
        "media_type": "application/vnd.apache.parquet",
        "created_at": "2026-01-31T12:00:00.000Z",
        "url": "/jobs/5b1f0c7e-2f6a-4a7e-9a0e-3f1a2b4c5d6e/artifacts/predictions.parquet",
    }
)
class JobArtifactSerializer(ModelResource):
    """A file that a job keeps."""

    size_bytes = serializers.IntegerField(source="size")
    media_type = serializers.CharField(help_text="By the end of the name.")
    url = serializers.CharField(source="path", help_text="Path to download it from.")

    class Meta:
        model = JobArtifact
        fields = ("name", "sha256", "size_bytes", "media_type", "created_at", "url")


JobArtifactPage = page_of(JobArtifactSerializer)


@requires(JOB_DATA)
class JobArtifacts(ApiView):
    @operation("list_job_artifacts", "jobs", JobArtifactPage, 404, params=[JOB_ID, CURSOR, LIMIT])
    def get(self, request: Request, job: Job) -> Response:
        """List the files that a job keeps, by name."""
        return list_response(request, job.artifacts.all(), JobArtifactSerializer, order=("name",))


@takes_body(lambda: int(settings.JOB_ARTIFACT_LIMIT_BYTES))
@requires(ARTIFACT_READ, PUT=JOB_KEY, DELETE=JOB_WRITE, scopes=(OAuthScope.JOBS,))
class OneJobArtifact(ApiView):
    @operation("get_job_artifact", "jobs", JobArtifactSerializer, 404, params=[JOB_ID, ARTIFACT])
    def get(self, request: Request, artifact: JobArtifact) -> Response:
        """Get what is known of a file. Download its content from `url`."""
        return Response(JobArtifactSerializer(artifact).data)

    @operation(
        "put_job_artifact",
        "workers",
        JobArtifactSerializer,
        *(404, 409, 413),
        status=201,
        body=BYTES,
        params=[JOB_ID, ARTIFACT, SHA256],
    )
    def put(self, request: Request, job_id: UUID, artifact: str) -> Response:
        """Store a file with the job's key, before the result that lists it; the body is its content."""
        raw = request._request
        stored, _is_new = put_artifact(
            actor=actor_of(request),
            job_id=job_id,
            name=artifact,
            blocks=body_blocks(raw, limit=settings.JOB_ARTIFACT_LIMIT_BYTES),
            sha256=checksum_of(request),
            size_bytes=declared_length(raw) or 0,
        )
        data = JobArtifactSerializer(stored).data
        return created(data, f"/api/v1/jobs/{job_id}/artifacts/{stored.name}")

    @operation("delete_job_artifact", "jobs", None, 404, status=204, params=[JOB_ID, ARTIFACT])
    def delete(self, request: Request, job: Job, artifact: str) -> Response:
        """Delete a file that a job keeps. Receipts that name its hash stay valid."""
        delete_artifact(actor=actor_of(request), job_id=job.pk, name=artifact)
        return no_content()


def checksum_of(request: Request) -> str:
    """Return the checksum that a client sent (raises InvalidHeader)."""
    text = request.headers.get("X-Checksum-Sha256", "").lower()
    if not HASH.fullmatch(text):
        raise InvalidHeader(errors=[error_at("Send 64 hex digits.", header="X-Checksum-Sha256")])
    return text
