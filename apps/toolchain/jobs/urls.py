"""URLs of jobs. The registry registers /api/v1/jobs, where jobs are submitted."""

from django.urls import path

from . import api, views

urlpatterns = [
    path("jobs", views.jobs, name="jobs"),
    path("jobs/<uuid:job_id>", views.job_detail, name="job"),
    path("jobs/<uuid:job_id>/cancel", views.cancel, name="job_cancel"),
    path("jobs/<uuid:job_id>/retry", views.retry, name="job_retry"),
    path("fragments/jobs", views.jobs_fragment, name="jobs_fragment"),
    path("api/v1/jobs/<uuid:job_id>", api.JobDetail.as_view(), name="api_job"),
    path("api/v1/jobs/<uuid:job_id>/cancel", api.JobCancel.as_view(), name="api_job_cancel"),
    path("api/v1/jobs/<uuid:job_id>/retry", api.JobRetry.as_view(), name="api_job_retry"),
    path("api/v1/jobs/<uuid:job_id>/events", api.JobEvents.as_view(), name="api_job_events"),
    path("api/v1/jobs/<uuid:job_id>/metrics", api.JobMetricsView.as_view(), name="api_job_metrics"),
    path("api/v1/jobs/<uuid:job_id>/usage", api.JobUsageView.as_view(), name="api_job_usage"),
    path("api/v1/jobs/<uuid:job_id>/stream", api.JobStream.as_view(), name="api_job_stream"),
    path("api/v1/jobs/<uuid:job_id>/claim", api.JobClaimView.as_view(), name="api_job_claim"),
    path("api/v1/recipes", api.RecipeList.as_view(), name="api_recipes"),
]
