"""URLs of artifacts."""

from django.urls import path

from . import api, views

urlpatterns = [
    path("jobs/<uuid:job_id>/artifacts/<str:artifact>", views.download, name="job_artifact"),
    path("api/v1/jobs/<uuid:job_id>/artifacts", api.JobArtifacts.as_view(), name="api_job_artifacts"),
    path(
        "api/v1/jobs/<uuid:job_id>/artifacts/<str:artifact>",
        api.OneJobArtifact.as_view(),
        name="api_job_artifact",
    ),
]
