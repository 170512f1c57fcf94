"""URLs of checkpoints."""

from django.urls import path

from . import api, views

JOB = "api/v1/jobs/<uuid:job_id>"

urlpatterns = [
    path(f"{JOB}/checkpoints", api.JobCheckpoints.as_view(), name="api_job_checkpoints"),
    path(f"{JOB}/checkpoints/<int:step>", api.OneJobCheckpoint.as_view(), name="api_job_checkpoint"),
    path(
        f"{JOB}/checkpoint-files/<str:sha256>",
        api.JobCheckpointFile.as_view(),
        name="api_job_checkpoint_file",
    ),
    path(
        "jobs/<uuid:job_id>/checkpoint-files/<str:sha256>",
        views.content,
        name="job_checkpoint_content",
    ),
]
