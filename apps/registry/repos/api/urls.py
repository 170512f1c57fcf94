"""Addresses of the REST API of repositories."""

from django.urls import path

from .. import converters as converters
from . import orders, repos

REPO = "api/v1/repos/<str:kind>/<ns:namespace>/<name:name>"

urlpatterns = [
    path("api/v1/jobs", orders.JobOrders.as_view(), name="api_jobs"),
    path("api/v1/facets", repos.FacetList.as_view(), name="api_facets"),
    path("api/v1/repos", repos.RepoList.as_view(), name="api_repos"),
    path(REPO, repos.RepoDetail.as_view(), name="api_repo"),
    path(f"{REPO}/move", repos.RepoMoving.as_view(), name="api_repo_move"),
]
