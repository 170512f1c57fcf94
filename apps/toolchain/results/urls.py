"""URLs of results."""

from django.urls import path

from . import api

urlpatterns = [path("api/v1/jobs/<uuid:job_id>/views", api.JobViews.as_view(), name="api_job_views")]
